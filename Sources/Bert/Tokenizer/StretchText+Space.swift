// SPDX-License-Identifier: Apache-2.0

extension StretchText {
    /// Puts one space in the place of two and more whitespace scalars, and of a line end or a tab: what `tokenizers` does by
    /// the expression `\s{2,}|[\n\r\t]`. It stands where the run ends.
    mutating func joinSpaces() {
        let flags = ScalarProperties.shared.flags
        var (found, moved): ([UInt8], [Range<Int>]) = ([], [])
        found.reserveCapacity(bytes.count)
        let places = places
        bytes.withUnsafeBufferPointer { text in
            func isSpace(at index: Int) -> Int? {
                let (scalar, length) = UTF8Scalar.decode(text, at: index)
                return flags[Int(scalar)] & ScalarProperties.whitespace != 0 ? length : nil
            }
            var at = 0
            while at < text.count {
                var (end, count) = (at, 0)
                while end < text.count, let length = isSpace(at: end) { (end, count) = (end + length, count + 1) }
                if count > 1 || count == 1 && [0x09, 0x0A, 0x0D].contains(text[at]) {
                    found.append(0x20)
                    if isPlaced { moved.append(places[end - 1]) }
                } else {
                    end = count == 1 ? end : at + UTF8Scalar.decode(text, at: at).length
                    found += text[at..<end]
                    if isPlaced { moved += places[at..<end] }
                }
                at = end
            }
        }
        replaceAll(found, moved)
    }

    /// Leaves out whitespace at the beginning or the end.
    mutating func strip(left: Bool, right: Bool) {
        let flags = ScalarProperties.shared.flags
        let kept = bytes.withUnsafeBufferPointer { text in
            var (start, end) = (0, text.count)
            while right, end > 0 {
                var last = end - 1
                while last > 0, text[last] & 0xC0 == 0x80 { last -= 1 }
                guard flags[Int(UTF8Scalar.decode(text, at: last).scalar)] & ScalarProperties.whitespace != 0 else {
                    break
                }
                end = last
            }
            while left, start < end {
                let (scalar, length) = UTF8Scalar.decode(text, at: start)
                guard flags[Int(scalar)] & ScalarProperties.whitespace != 0 else { break }
                start += length
            }
            return start..<end
        }
        guard kept.count < bytes.count else { return }
        replaceAll(Array(bytes[kept]), isPlaced ? Array(places[kept]) : [])
    }
}
