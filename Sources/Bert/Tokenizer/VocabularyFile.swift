// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The pieces of a directory, and what the file that holds them says of the subword model.
struct VocabularyFile: Sendable {
    /// The file to name when something in it does not fit together.
    let path: String
    let pieces: PieceList
    let model: any SubwordModelSettings
    /// The map that a tokenizer from SentencePiece normalises by, if the file has one.
    var characterMap: CharacterMap?
    /// Pieces that are found in a text before any is cut out of words.
    var added: [TokenEntry] = []
    /// Whether it says itself which of its pieces are special, so that those that only a class names are plain ones.
    var marksSpecial = false
}

extension VocabularyFile {
    /// `vocab.txt`, WordPiece's; nil if there is none.
    static func wordPiece(in directory: String) throws(FileError) -> VocabularyFile? {
        let path = "\(directory)/vocab.txt"
        guard let bytes = try TokenizerFile.read(path) else { return nil }
        let pieces = try VocabularyText.read(bytes, path: path)
        return VocabularyFile(path: path, pieces: pieces, model: WordPiece.Settings(unknown: nil))
    }

    /// `sentencepiece.bpe.model`, `spiece.model` or `spm.model`; nil if there is none. The pieces are put into the order of the ids.
    static func unigram(in directory: String, _ layout: SentencePieceLayout) throws(FileError) -> VocabularyFile? {
        let paths = ["sentencepiece.bpe.model", "spiece.model", "spm.model"].map { "\(directory)/\($0)" }
        guard let path = paths.first(where: MappedFile.exists) else { return nil }
        let model = try SentencePieceModel(file: MappedFile(path))
        if let piece = model.userDefined.first, !layout.keepsOrder {
            throw FileError(
                .unsupported,
                path: path,
                "piece \(piece) is user-defined, which is not known in this family"
            )
        }
        let (pieces, scores) = layout.arrange(model)
        return VocabularyFile(
            path: path,
            pieces: pieces,
            model: Unigram.Settings(scores: scores, unknown: nil),
            characterMap: model.characterMap.isEmpty ? nil : try CharacterMap(model.characterMap, path: path),
            added: model.userDefined.map { index in
                var token = TokenEntry(String(decoding: model.pieces[index], as: UTF8.self))
                token.normalised = false
                return token
            },
            marksSpecial: true
        )
    }

    /// `vocab.json` and `merges.txt`, those of byte-level BPE; nil if there is no `vocab.json`.
    static func byteLevelBPE(in directory: String) throws(FileError) -> VocabularyFile? {
        let path = "\(directory)/vocab.json"
        guard let bytes = try TokenizerFile.read(path) else { return nil }
        let mergesPath = "\(directory)/merges.txt"
        guard let merges = try TokenizerFile.read(mergesPath) else {
            throw FileError(.missing, path: mergesPath, "is needed beside \(path)")
        }
        return VocabularyFile(
            path: path,
            pieces: try VocabularyJSON(bytes, path: path, field: nil).read(),
            model: ByteLevelBPE.Settings(merges: try MergeList(text: merges, path: mergesPath))
        )
    }
}
