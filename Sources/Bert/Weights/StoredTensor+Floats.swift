// SPDX-License-Identifier: Apache-2.0

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
            convert {
                Self.widen(half: UInt16(littleEndian: $0.loadUnaligned(fromByteOffset: $1 * 2, as: UInt16.self)))
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

    /// f32 of an IEEE half, by integer arithmetic: the compiler makes it SIMD code without asking for F16C, twice as fast
    /// as `Float(Float16)`, which calls into the runtime for each number.
    @inline(__always)
    private static func widen(half: UInt16) -> Float {
        // The half's exponent and mantissa, at the places where f32 has them.
        let magnitude = UInt32(half & 0x7FFF) << 13
        let exponent = magnitude & 0x0F80_0000
        // The biases are 127 and 15. An exponent of 31 (infinity, NaN) must become 255: the same step once more.
        let normal = magnitude &+ (127 - 15) << 23
        let special = magnitude &+ (2 * (127 - 15)) << 23
        // m · 2⁻²⁴ as (1 + m · 2⁻¹⁰) · 2⁻¹⁴ − 2⁻¹⁴: the subtraction is exact and renormalises.
        let smallest = UInt32(127 - 14) << 23
        let subnormal = (Float(bitPattern: magnitude &+ smallest) - Float(bitPattern: smallest)).bitPattern
        let bits = exponent == 0 ? subnormal : (exponent == 0x0F80_0000 ? special : normal)
        return Float(bitPattern: bits | UInt32(half & 0x8000) << 16)
    }

    /// Applies `read(base, index)` to each element; `base` is the first byte of contiguous elements, of any alignment.
    @inline(__always)
    private func convert(_ read: (UnsafeRawPointer, Int) -> Float) -> [Float] {
        if isContiguous {
            return file.withBytes(in: start..<start + count * element.byteCount) {
                Self.convert($0, count: count, read)
            }
        }
        return gathered().withUnsafeBytes { Self.convert($0, count: count, read) }
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
