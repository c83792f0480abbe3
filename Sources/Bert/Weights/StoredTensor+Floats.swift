// SPDX-License-Identifier: Apache-2.0
internal import CKernels

extension StoredTensor {
    /// The elements as f32, row-major; nil where they are not floating-point numbers of 16 to 64 bits.
    ///
    /// F16 and BF16 become f32 exactly, subnormals, infinities and NaNs included; F64 is rounded to nearest.
    func floats() -> [Float]? {
        switch element {
        case .f32:
            convert {
                Float(bitPattern: UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: $1 * 4, as: UInt32.self)))
            }
        case .f16:
            withElements { bytes in
                [Float](unsafeUninitializedCapacity: count) { floats, initialized in
                    guard let from = bytes.baseAddress, let to = floats.baseAddress else { return }
                    c4b_widen_f16(count, from, to)
                    initialized = count
                }
            }
        case .bf16:
            convert {
                let bits = UInt16(littleEndian: $0.loadUnaligned(fromByteOffset: $1 * 2, as: UInt16.self))
                return Float(bitPattern: UInt32(bits) << 16)
            }
        case .f64:
            convert {
                let bits = UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: $1 * 8, as: UInt64.self))
                return Float(Double(bitPattern: bits))
            }
        case .i64, .i32, .i16, .i8, .u64, .u32, .u16, .u8, .bool, .f8e4m3, .f8e5m2: nil
        }
    }

    /// The elements as IEEE halves in little-endian order, row-major; nil where they are something else.
    func halves() -> [UInt8]? { element == .f16 ? withElements { Array($0) } : nil }

    /// The elements as bytes, row-major; nil where they are something else.
    func bytes() -> [UInt8]? { element == .u8 ? withElements { Array($0) } : nil }

    /// Applies `read(base, index)` to each element; `base` is the first byte of contiguous elements, of any alignment.
    @inline(__always)
    private func convert(_ read: (UnsafeRawPointer, Int) -> Float) -> [Float] {
        withElements { Self.convert($0, count: count, read) }
    }

    /// Lends the bytes of the elements, one after the other in row-major order.
    @inline(__always)
    private func withElements<Element>(_ body: (UnsafeRawBufferPointer) -> [Element]) -> [Element] {
        if isContiguous { return file.withBytes(in: start..<start + count * element.byteCount, body) }
        return gathered().withUnsafeBytes(body)
    }

    @inline(__always)
    private static func convert(
        _ bytes: UnsafeRawBufferPointer,
        count: Int,
        _ read: (UnsafeRawPointer, Int) -> Float
    ) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { floats, initialized in
            if let base = bytes.baseAddress {
                for index in 0..<count { floats.initializeElement(at: index, to: read(base, index)) }
                initialized = count
            }
        }
    }

    /// The bytes of the elements in row-major order, for a view whose elements lie otherwise (a transposed matrix).
    private func gathered() -> [UInt8] {
        let size = element.byteCount
        // The view's reach is known to lie inside its storage.
        let last = zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
        return file.withBytes(in: start..<start + (last + 1) * size) { source in
            [UInt8](unsafeUninitializedCapacity: count * size) { bytes, initialized in
                var position = [Int](repeating: 0, count: shape.count)
                var from = 0
                for to in 0..<count {
                    for byte in 0..<size {
                        bytes.initializeElement(at: to * size + byte, to: source[from * size + byte])
                    }
                    // The next element: count up the last dimension, carrying into the earlier ones.
                    for dimension in shape.indices.reversed() {
                        position[dimension] += 1
                        from += strides[dimension]
                        if position[dimension] < shape[dimension] { break }
                        from -= position[dimension] * strides[dimension]
                        position[dimension] = 0
                    }
                }
                initialized = count * size
            }
        }
    }
}
