// SPDX-License-Identifier: Apache-2.0
package import Files

/// A safetensors file by itself, with its metadata.
package struct SafetensorsFile {
    /// The header's `__metadata__`.
    package let metadata: [String: String]
    private let weights: Weights

    /// Maps the file and checks that every tensor lies within it.
    package init(path: String) throws(FileError) {
        let file = try MappedFile(path)
        metadata = try Safetensors.metadata(in: file)
        weights = try Weights(file: file, isTorch: false)
    }

    /// The shape of a tensor, outermost dimension first; nil where there is none of that name.
    package func shape(of name: String) -> [Int]? { weights.shape(of: name) }

    /// A tensor of floating-point numbers, as f32.
    package func floats(_ name: String, shape: [Int]) throws(FileError) -> [Float] {
        try weights.floats(name, shape: shape)
    }

    /// A tensor of bytes, U8.
    package func bytes(_ name: String, shape: [Int]) throws(FileError) -> [UInt8] {
        try weights.bytes(name, shape: shape)
    }

    /// Copies a tensor of floating-point numbers, as f32, to memory for as many.
    package func read(_ name: String, shape: [Int], to values: UnsafeMutablePointer<Float>) throws(FileError) {
        let floats = try weights.floats(name, shape: shape)
        floats.withUnsafeBufferPointer { floats in
            if let start = floats.baseAddress { values.update(from: start, count: floats.count) }
        }
    }
}
