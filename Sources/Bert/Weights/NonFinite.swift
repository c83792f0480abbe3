// SPDX-License-Identifier: Apache-2.0

/// Finds elements that are NaN or infinite: those with all bits of the exponent set.
enum NonFinite {
    /// The index of the first, or nil.
    static func first(in floats: [Float]) -> Int? {
        // One pass without a branch for each element: nearly every tensor is finite.
        var greatest: UInt32 = 0
        floats.withUnsafeBufferPointer { floats in
            for float in floats { greatest = max(greatest, float.bitPattern & 0x7F80_0000) }
        }
        return greatest == 0x7F80_0000 ? floats.firstIndex { !$0.isFinite } : nil
    }

    /// The index of the first of IEEE halves in little-endian order, and its value; nil if there is none.
    static func first(inHalves halves: [UInt8]) -> (index: Int, value: Float)? {
        guard let high = stride(from: 1, to: halves.count, by: 2).first(where: { halves[$0] & 0x7C == 0x7C }) else {
            return nil
        }
        let isNaN = halves[high - 1] != 0 || halves[high] & 3 != 0
        return (high / 2, isNaN ? .nan : halves[high] & 0x80 == 0 ? .infinity : -.infinity)
    }
}
