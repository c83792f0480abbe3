// SPDX-License-Identifier: Apache-2.0
package import Files
internal import FoundationEssentials

/// A tensor to be written; the memory of its floats is the caller's and must not change meanwhile.
package struct NamedTensor {
    package let name: String
    package let shape: [Int]
    /// As many as the shape says, row-major.
    let elements: Elements

    enum Elements {
        case floats(UnsafeBufferPointer<Float>)
        case bytes([UInt8])
    }

    /// Floating-point numbers, stored in the file's precision.
    package init(name: String, shape: [Int], values: UnsafeBufferPointer<Float>) {
        precondition(values.count == shape.reduce(1, *), "a tensor has as many elements as its shape says")
        self.name = name
        self.shape = shape
        elements = .floats(values)
    }

    /// Bytes, stored as U8.
    package init(name: String, shape: [Int], bytes: [UInt8]) {
        precondition(bytes.count == shape.reduce(1, *), "a tensor has as many elements as its shape says")
        self.name = name
        self.shape = shape
        elements = .bytes(bytes)
    }

    fileprivate func element(at precision: StoredPrecision) -> ElementType {
        if case .bytes = elements { return .u8 }
        return precision.element
    }
}

/// How weights are stored.
public enum StoredPrecision: String, Sendable, CaseIterable {
    /// 4 bytes each, exact.
    case f32
    /// 2 bytes each, rounded to nearest even.
    case f16

    var element: ElementType { self == .f32 ? .f32 : .f16 }
}

extension Safetensors {
    /// Writes a file, atomically.
    ///
    /// - Parameters:
    ///   - metadata: goes into the header beside `"format": "pt"`, without which `transformers` refuses a file.
    /// - Throws: `FileError` where the file cannot be written, or a value is too large for the precision.
    package static func write(
        _ tensors: [NamedTensor],
        metadata: [String: String] = [:],
        precision: StoredPrecision = .f32,
        to path: String
    ) throws(FileError) {
        // The widest elements first, as the reference implementation has them: each then lies at a multiple of its width.
        let tensors = tensors.sorted {
            (-$0.element(at: precision).byteCount, $0.name) < (-$1.element(at: precision).byteCount, $1.name)
        }
        let header = try header(of: tensors, metadata: metadata, precision: precision, path: path)
        try AtomicFile.write(path) { (file) throws(FileError) in
            var length = UInt64(header.count).littleEndian
            try file.append(withUnsafeBytes(of: &length) { Array($0) } + header)
            for tensor in tensors {
                switch (tensor.elements, precision) {
                case (.floats(let values), .f32): try file.append(UnsafeRawBufferPointer(values))
                case (.floats(let values), .f16): try file.append(halves(of: values, tensor.name, path: path))
                case (.bytes(let bytes), _): try file.append(bytes)
                }
            }
        }
    }

    private static func header(
        of tensors: [NamedTensor],
        metadata: [String: String],
        precision: StoredPrecision,
        path: String
    ) throws(FileError) -> [UInt8] {
        var end = 0
        var entries: [String: HeaderEntry] = [:]
        for tensor in tensors {
            let (begin, element) = (end, tensor.element(at: precision))
            end += tensor.shape.reduce(1, *) * element.byteCount
            entries[tensor.name] = .tensor(dtype: element.rawValue, shape: tensor.shape, offsets: [begin, end])
        }
        entries["__metadata__"] = .metadata(metadata.merging(["format": "pt"]) { $1 })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(entries) else {
            throw FileError(.notWritable, path: path, "the names of its tensors make no JSON")
        }
        // Padded with spaces, so that the data begins at a multiple of 8 as the reference implementation has it.
        return Array(json) + Array(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
    }

    private static func halves(
        of values: UnsafeBufferPointer<Float>,
        _ name: String,
        path: String
    ) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 2)
        for value in values {
            let half = Float16(value)
            guard half.isFinite || !value.isFinite else {
                throw FileError(
                    .notWritable,
                    path: path,
                    "\(name) holds \(value), too large for F16; save as F32"
                )
            }
            bytes.append(UInt8(truncatingIfNeeded: half.bitPattern))
            bytes.append(UInt8(truncatingIfNeeded: half.bitPattern >> 8))
        }
        return bytes
    }
}

/// A value of the header: a tensor's place or the metadata.
private enum HeaderEntry: Encodable {
    case tensor(dtype: String, shape: [Int], offsets: [Int])
    case metadata([String: String])

    private enum Key: String, CodingKey {
        case dtype
        case shape
        case offsets = "data_offsets"
    }

    func encode(to encoder: any Swift.Encoder) throws {
        switch self {
        case .tensor(let dtype, let shape, let offsets):
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(dtype, forKey: .dtype)
            try container.encode(shape, forKey: .shape)
            try container.encode(offsets, forKey: .offsets)
        case .metadata(let metadata):
            try metadata.encode(to: encoder)
        }
    }
}
