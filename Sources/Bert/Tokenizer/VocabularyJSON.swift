// SPDX-License-Identifier: Apache-2.0
internal import Files
internal import JSON

/// Reads a vocabulary in JSON: an object from pieces to ids. It is a whole `vocab.json`, or what stands under `model.vocab`
/// in a `tokenizer.json`, nine tenths of the file.
struct VocabularyJSON {
    private let bytes: [UInt8]
    private let path: String
    /// What messages call it, and a colon; nothing where it is the whole file.
    private let field: String

    init(_ bytes: [UInt8], path: String, field: String? = "model.vocab") {
        self.bytes = bytes
        self.path = path
        self.field = field.map { $0 + ": " } ?? ""
    }

    /// Where the value of `model.vocab` lies, or nil if there is none. What comes after it is not looked at.
    func locate() throws(FileError) -> Range<Int>? { try locate("vocab") }

    /// Where the value of a member of `model` lies.
    func locate(_ member: String) throws(FileError) -> Range<Int>? {
        do throws(JSONFailure) {
            var reader = try JSONReader(bytes)
            guard try Self.enter("model", &reader), try Self.enter(member, &reader) else { return nil }
            return try reader.skipValue()
        } catch {
            throw broken(error)
        }
    }

    /// Steps into the object that comes next, and on to the value of its member of this name, if there is one.
    private static func enter(_ name: String, _ reader: inout JSONReader) throws(JSONFailure) -> Bool {
        guard reader.enterObject() else { return false }
        let utf8 = Array(name.utf8)
        while let member = try reader.nextMember() {
            if reader.isEqual(member, utf8) { return true }
            try reader.skipValue()
        }
        return false
    }

    /// The pieces of the whole file.
    func read() throws(FileError) -> PieceList {
        do throws(JSONFailure) {
            var reader = try JSONReader(bytes)
            try reader.skipValue()
            try reader.finish()
        } catch {
            throw broken(error)
        }
        return try read(bytes.indices)
    }

    /// The pieces of the object at `range`, in the order of their ids, which must be 0, 1, 2 and so on.
    func read(_ range: Range<Int>) throws(FileError) -> PieceList {
        var found = PieceList()
        found.reserve(pieces: range.count / 16, bytes: range.count / 2)
        var ids: [Int] = []
        var isOrdered = true
        var reader: JSONReader
        do throws(JSONFailure) { reader = try JSONReader(Array(bytes[range])) } catch { throw broken(error) }
        guard reader.enterObject() else {
            throw FileError(.invalid, path: path, field + "is not an object from pieces to ids")
        }
        while let (piece, id) = try nextPiece(&reader) {
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
                    field
                        + "the ids are not contiguous: \"\(piece.clippedForMessage)\" has \(id), and there are \(ids.count) pieces"
                )
            }
            guard slots[id] < 0 else {
                let other = String(decoding: found[slots[id]], as: UTF8.self)
                throw FileError(
                    .invalid,
                    path: path,
                    field + "\"\(other.clippedForMessage)\" and \"\(piece.clippedForMessage)\" both have id \(id)"
                )
            }
            slots[id] = index
        }
        var ordered = PieceList()
        ordered.reserve(pieces: found.count, bytes: found.bytes.count)
        for index in slots { ordered.append(found[index]) }
        return ordered
    }

    private func nextPiece(_ reader: inout JSONReader) throws(FileError) -> (ArraySlice<UInt8>, id: Int)? {
        let (name, value): (JSONString, String)
        do throws(JSONFailure) {
            guard let member = try reader.nextMember() else { return nil }
            (name, value) = (member, reader.written(try reader.skipValue()))
        } catch {
            throw broken(error)
        }
        guard let piece = reader.utf8(name) else {
            throw FileError(.invalid, path: path, field + "a piece has half a surrogate pair, which is no text")
        }
        guard let id = Int(value), (0...Int(PieceTrie.maxValue)).contains(id) else {
            let piece = String(decoding: piece, as: UTF8.self).clippedForMessage
            let reason = "has the id \(value.prefix(40)), which is not a number from 0 to \(PieceTrie.maxValue)"
            throw FileError(.invalid, path: path, field + "\"\(piece)\" \(reason)")
        }
        return (piece, id)
    }

    private func broken(_ error: JSONFailure) -> FileError { FileError(.invalid, path: path, "is \(error)") }
}
