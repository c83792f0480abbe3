// SPDX-License-Identifier: Apache-2.0
internal import Files

/// Finds and reads `model.vocab` in the bytes of a `tokenizer.json`: an object from pieces to ids, nine tenths of the file.
struct VocabularyJSON {
    private let bytes: [UInt8]
    private let path: String

    init(_ bytes: [UInt8], path: String) {
        self.bytes = bytes
        self.path = path
    }

    /// Where the value of `model.vocab` lies, or nil if there is none. All else in the file is stepped over, not checked.
    func locate() throws(FileError) -> Range<Int>? {
        guard let model = try member("model", at: skipSpace(0)) else { return nil }
        return try member("vocab", at: model.lowerBound)
    }

    /// The pieces of the object at `range`, in the order of their ids, which must be 0, 1, 2 and so on.
    func read(_ range: Range<Int>) throws(FileError) -> PieceList {
        var found = PieceList()
        found.reserve(pieces: range.count / 16, bytes: range.count / 2)
        var ids: [Int] = []
        var at = skipSpace(range.lowerBound + 1)
        var isOrdered = true
        var piece: [UInt8] = []
        while at < range.upperBound, bytes[at] != UInt8(ascii: "}") {
            if !ids.isEmpty { at = skipSpace(try expect(",", at)) }
            at = skipSpace(try string(at, into: &piece))
            at = skipSpace(try expect(":", at))
            let id: Int
            (id, at) = try self.id(at, of: piece)
            at = skipSpace(at)
            isOrdered = isOrdered && id == ids.count
            try VocabularyLimits.check(piece, number: ids.count, path)
            found.append(piece)
            ids.append(id)
        }
        if isOrdered { return found }

        var slots = [Int](repeating: -1, count: ids.count)
        for (index, id) in ids.enumerated() {
            let piece = String(decoding: found[index], as: UTF8.self)
            guard id < ids.count else {
                throw FileError(
                    .invalid,
                    path: path,
                    "model.vocab: the ids are not contiguous: \"\(piece.clippedForMessage)\" has \(id), and there are \(ids.count) pieces"
                )
            }
            guard slots[id] < 0 else {
                let other = String(decoding: found[slots[id]], as: UTF8.self)
                throw FileError(
                    .invalid,
                    path: path,
                    "model.vocab: \"\(other.clippedForMessage)\" and \"\(piece.clippedForMessage)\" both have id \(id)"
                )
            }
            slots[id] = index
        }
        var ordered = PieceList()
        ordered.reserve(pieces: found.count, bytes: found.bytes.count)
        for index in slots { ordered.append(found[index]) }
        return ordered
    }

    // MARK: Stepping through JSON

    private func broken(_ at: Int, _ what: String) -> FileError {
        FileError(.invalid, path: path, "is not JSON: \(what) at byte \(at)")
    }

    private func skipSpace(_ start: Int) -> Int {
        var at = start
        while at < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[at]) { at += 1 }
        return at
    }

    private func expect(_ mark: Unicode.Scalar, _ at: Int) throws(FileError) -> Int {
        guard at < bytes.count, bytes[at] == UInt8(ascii: mark) else { throw broken(at, "\"\(mark)\" is missing") }
        return at + 1
    }

    /// The value of the member `name` of the object at `start`.
    private func member(_ name: String, at start: Int) throws(FileError) -> Range<Int>? {
        guard start < bytes.count, bytes[start] == UInt8(ascii: "{") else { return nil }
        var at = skipSpace(start + 1)
        var key: [UInt8] = []
        while at < bytes.count, bytes[at] != UInt8(ascii: "}") {
            at = skipSpace(try string(at, into: &key))
            at = skipSpace(try expect(":", at))
            let end = try skipValue(at)
            if key.elementsEqual(name.utf8) { return at..<end }
            at = skipSpace(end)
            if at < bytes.count, bytes[at] == UInt8(ascii: ",") { at = skipSpace(at + 1) }
        }
        return nil
    }

    /// The end of the value at `start`: of a bracket with all in it, a string, or a word.
    private func skipValue(_ start: Int) throws(FileError) -> Int {
        var at = start
        var depth = 0
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at += 1
                while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
                    at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
                }
                at += 1
                if depth == 0 { return min(at, bytes.count) }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                at += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return at }
                depth -= 1
                at += 1
                if depth == 0 { return at }
            case UInt8(ascii: ","):
                if depth == 0 { return at }
                at += 1
            default: at += 1
            }
        }
        throw broken(bytes.count, "the file ends within a value")
    }

    /// Reads the string at `start` and returns its end.
    private func string(_ start: Int, into text: inout [UInt8]) throws(FileError) -> Int {
        var at = try expect("\"", start)
        text.removeAll(keepingCapacity: true)
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") { return at + 1 }
            if byte < 0x20 { throw broken(at, "a control character in a string") }
            if byte != UInt8(ascii: "\\") {
                text.append(byte)
                at += 1
                continue
            }
            let scalar: UInt32
            (scalar, at) = try escape(at + 1)
            guard let scalar = Unicode.Scalar(scalar), let utf8 = UTF8.encode(scalar) else {
                throw broken(at, "half a surrogate pair in a string")
            }
            text.append(contentsOf: utf8)
        }
        throw broken(start, "a string without an end")
    }

    /// Reads what follows a backslash; a half surrogate pair comes out as it is.
    private func escape(_ at: Int) throws(FileError) -> (UInt32, Int) {
        guard at < bytes.count else { throw broken(at, "a string without an end") }
        switch bytes[at] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return (UInt32(bytes[at]), at + 1)
        case UInt8(ascii: "b"): return (0x08, at + 1)
        case UInt8(ascii: "f"): return (0x0C, at + 1)
        case UInt8(ascii: "n"): return (0x0A, at + 1)
        case UInt8(ascii: "r"): return (0x0D, at + 1)
        case UInt8(ascii: "t"): return (0x09, at + 1)
        case UInt8(ascii: "u"):
            let high = try hexadecimal(at + 1)
            guard 0xD800..<0xDC00 ~= high, at + 6 < bytes.count, bytes[at + 5] == UInt8(ascii: "\\"),
                bytes[at + 6] == UInt8(ascii: "u")
            else { return (high, at + 5) }
            let low = try hexadecimal(at + 7)
            guard 0xDC00..<0xE000 ~= low else { return (high, at + 5) }
            return (0x1_0000 + (high - 0xD800) << 10 + (low - 0xDC00), at + 11)
        default: throw broken(at, "an unknown escape in a string")
        }
    }

    private func hexadecimal(_ at: Int) throws(FileError) -> UInt32 {
        var value: UInt32 = 0
        for index in at..<at + 4 {
            guard index < bytes.count, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
                throw broken(at, "an escape without four digits")
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private func id(_ start: Int, of piece: [UInt8]) throws(FileError) -> (Int, Int) {
        var at = start
        var id = 0
        while at < bytes.count, case let digit = Int(bytes[at]) - 0x30, 0...9 ~= digit, id <= Int(PieceTrie.maxValue) {
            id = id * 10 + digit
            at += 1
        }
        guard at > start, id <= Int(PieceTrie.maxValue), at < bytes.count, ![0x2E, 0x45, 0x65].contains(bytes[at])
        else {
            let end = try skipValue(start)
            let value = String(decoding: bytes[start..<min(end, start + 40)], as: UTF8.self)
            let piece = String(decoding: piece, as: UTF8.self)
            throw FileError(
                .invalid,
                path: path,
                "model.vocab: \"\(piece.clippedForMessage)\" has the id \(value), which is not a number from 0 to \(PieceTrie.maxValue)"
            )
        }
        return (id, at)
    }
}
