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

    /// Copies a tensor of floating-point numbers, as f32, to memory for as many.
    package func read(_ name: String, shape: [Int], to values: UnsafeMutablePointer<Float>) throws(FileError) {
        let floats = try weights.floats(name, shape: shape)
        floats.withUnsafeBufferPointer { floats in
            if let start = floats.baseAddress { values.update(from: start, count: floats.count) }
        }
    }
}
