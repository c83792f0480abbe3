// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The bytes of a `tokenizer.json`, and where in them the long parts of its model lie.
///
/// These are read from the bytes: a Swift dictionary would take canonically equivalent pieces, which multilingual
/// vocabularies have, for one.
struct ModelJSON {
    let bytes: [UInt8]
    let path: String
    /// `model.vocab` and `model.merges`; nil where the file has none.
    let vocabulary: Range<Int>?
    let merges: Range<Int>?

    init(_ bytes: [UInt8], path: String) throws(FileError) {
        self.bytes = bytes
        self.path = path
        let json = VocabularyJSON(bytes, path: path)
        vocabulary = try json.locate()
        merges = try json.locate("merges")
    }

    /// The file without these parts.
    var rest: [UInt8] {
        var rest: [UInt8] = []
        var end = 0
        for range in [vocabulary, merges].compactMap(\.self).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            rest += bytes[end..<range.lowerBound] + Array("{}".utf8)
            end = range.upperBound
        }
        return rest + bytes[end...]
    }

    /// The pieces of a vocabulary that is an object.
    func pieces() throws(FileError) -> PieceList {
        guard let vocabulary, bytes[vocabulary.lowerBound] == UInt8(ascii: "{") else {
            throw FileError(.invalid, path: path, "model.vocab is not there, or is not an object")
        }
        return try VocabularyJSON(bytes, path: path).read(vocabulary)
    }
}
