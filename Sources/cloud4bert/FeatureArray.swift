// SPDX-License-Identifier: Apache-2.0
import Bert
import Files

/// Features of several texts as one array in NumPy's file format, version 1.0, which PyTorch and TensorFlow read too.
struct FeatureArray {
    private let path: String
    private let width: Int
    /// Each text's `[tokens, width]`, or `[width]` where it is pooled.
    private var texts: [[Float]] = []

    init(path: String, width: Int) {
        self.path = path
        self.width = width
    }

    mutating func append(_ features: [Float]) {
        texts.append(features)
    }

    /// Writes `[texts, width]` if pooled, else `[texts, tokens, width]`, where rows past a text's own tokens are zeros.
    /// A file appears whole or not at all.
    func write(isPooled: Bool) throws {
        let longest = texts.map(\.count).max() ?? 0
        let shape = isPooled ? [texts.count, width] : [texts.count, longest / width, width]
        try AtomicFile.write(path) { (file) throws(FileError) in
            try file.append(Self.header(shape: shape))
            for text in texts {
                let padding = [Float](repeating: 0, count: longest - text.count)
                try file.append((text + padding).withUnsafeBytes { Array($0) })
            }
        }
    }

    /// The magic string, the version, and a Python dictionary, padded so that the numbers begin on 64 bytes.
    private static func header(shape: [Int]) -> [UInt8] {
        let dimensions = shape.map(String.init).joined(separator: ", ")
        var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(dimensions)), }"
        let prefix = 10
        let padding = 64 - (prefix + text.utf8.count + 1) % 64
        text += String(repeating: " ", count: padding % 64) + "\n"
        let length = UInt16(text.utf8.count)
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
    }
}
