// SPDX-License-Identifier: Apache-2.0

/// Reading and writing single scalars in UTF-8, without a `String` between.
enum UTF8Scalar {
    /// Reads the scalar that begins at `index`, which must be below `text.count`.
    ///
    /// The text is expected to be valid. Where it is not, the answer is of no use, U+FFFD and a length of 1 as a rule, but
    /// never a read past the end, and never a value above U+10FFFF.
    @inline(__always)
    static func decode(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> (scalar: UInt32, length: Int) {
        let lead = UInt32(text[index])
        if lead < 0x80 { return (lead, 1) }
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
        guard lead >= 0xC2, lead < 0xF5, index + length <= text.count else { return (0xFFFD, 1) }
        var scalar = lead & (0x7F >> UInt32(length))
        for offset in 1..<length {
            let byte = UInt32(text[index + offset])
            guard byte & 0xC0 == 0x80 else { return (0xFFFD, 1) }
            scalar = scalar << 6 | byte & 0x3F
        }
        return scalar < 0x11_0000 ? (scalar, length) : (0xFFFD, 1)
    }

    /// Reads the scalar that ends just before `index`, which must be above 0.
    static func decode(_ text: UnsafeBufferPointer<UInt8>, before index: Int) -> (scalar: UInt32, length: Int) {
        var start = index - 1
        while start > 0, index - start < 4, text[start] & 0xC0 == 0x80 { start -= 1 }
        let (scalar, length) = decode(text, at: start)
        return start + length == index ? (scalar, length) : (0xFFFD, 1)
    }

    /// Writes a scalar of at most U+10FFFF and returns its length; `space` has room for 4 bytes.
    @inline(__always)
    static func encode(_ scalar: UInt32, to space: UnsafeMutablePointer<UInt8>) -> Int {
        if scalar < 0x80 {
            space[0] = UInt8(truncatingIfNeeded: scalar)
            return 1
        }
        if scalar < 0x800 {
            space[0] = UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6)
            space[1] = UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F)
            return 2
        }
        if scalar < 0x1_0000 {
            space[0] = UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12)
            space[1] = UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F)
            space[2] = UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F)
            return 3
        }
        space[0] = UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18)
        space[1] = UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F)
        space[2] = UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F)
        space[3] = UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F)
        return 4
    }
}
