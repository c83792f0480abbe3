// SPDX-License-Identifier: Apache-2.0
internal import Files
internal import JSON

/// The vocabulary of a unigram model in a `tokenizer.json`: `[["<unk>", 0.0], ["▁the", -3.2], …]`, in the order of the ids.
struct ScoreList {
    private(set) var pieces = PieceList()
    private(set) var scores: [Double] = []

    init(json bytes: [UInt8], path: String) throws(FileError) {
        var isWhole = true
        do throws(JSONFailure) {
            var reader = try JSONReader(bytes)
            _ = reader.enterArray()
            while isWhole, try reader.nextElement() { isWhole = try append(&reader) }
        } catch {
            throw FileError(.invalid, path: path, "model.vocab is \(error)")
        }
        guard isWhole else {
            throw FileError(.invalid, path: path, "model.vocab: entry \(pieces.count) is not a piece and its score")
        }
        for index in 0..<pieces.count { try VocabularyLimits.check(pieces[index], number: index, path) }
    }

    /// Reads an entry; false where it is not one.
    private mutating func append(_ reader: inout JSONReader) throws(JSONFailure) -> Bool {
        guard reader.enterArray(), try reader.nextElement(), let name = try reader.string(),
            let piece = reader.utf8(name), try reader.nextElement()
        else { return false }
        let score = Double(reader.written(try reader.skipValue()))
        guard let score, score.isFinite, try !reader.nextElement() else { return false }
        pieces.append(piece)
        scores.append(score)
        return true
    }
}
