// SPDX-License-Identifier: Apache-2.0

/// A sparse map from scalars to scalars, in pages of 64: page 0 is empty and stands for all that hold nothing.
struct ScalarMap: Sendable {
    private var pages = [UInt16](repeating: 0, count: 0x11_0000 >> 6)
    private var values = [UInt32](repeating: 0, count: 64)

    /// The scalar's image, or 0. The scalar must be below 0x110000.
    subscript(scalar: UInt32) -> UInt32 {
        get { values[Int(pages[Int(scalar >> 6)]) << 6 | Int(scalar & 63)] }
        set {
            let page = Int(scalar >> 6)
            if pages[page] == 0 {
                pages[page] = UInt16(values.count >> 6)
                values.append(contentsOf: repeatElement(0, count: 64))
            }
            values[Int(pages[page]) << 6 | Int(scalar & 63)] = newValue
        }
    }
}
