// SPDX-License-Identifier: Apache-2.0
internal import Files

/// Reads a `vocab.txt`: a piece on each line, its id the number of the line from 0.
enum VocabularyText {
    /// The pieces of the bytes of a file. As Hugging Face does it, whitespace at a line's end is not part of the piece, and
    /// a blank line counts.
    static func read(_ bytes: [UInt8], path: String) throws(FileError) -> PieceList {
        var pieces = PieceList()
        pieces.reserve(pieces: bytes.count / 6, bytes: bytes.count)
        var start = 0
        while start < bytes.count {
            let line = bytes[start...].prefix { $0 != UInt8(ascii: "\n") }
            start = line.endIndex + 1
            let piece = trimmed(line)
            try VocabularyLimits.check(piece, number: pieces.count, path)
            pieces.append(piece)
        }
        return pieces
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let last = line.last, last <= 0x20 || last >= 0x80 else { return line }
        let flags = ScalarProperties.shared.flags
        return line.withUnsafeBufferPointer { text in
            var end = text.count
            while end > 0 {
                let (scalar, length) = UTF8Scalar.decode(text, before: end)
                guard flags[Int(scalar)] & ScalarProperties.whitespace != 0 else { break }
                end -= length
            }
            return line.prefix(end)
        }
    }
}
