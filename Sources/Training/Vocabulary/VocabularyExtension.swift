// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files

/// Gives a model new tokens, such as emoji, which it would read as unknown: in the places of its vocabulary that
/// nothing uses (`[unused7]`), so that no shape changes and other programs read the directory as before.
///
/// A token starts as the mean of the embeddings of words that say what it means. Each gets two pieces, one that begins a
/// word and one that goes on with it (`##`), since WordPiece does not part a sign from the word before it.
public struct VocabularyExtension {
    private let model: String
    private let tokens: String

    /// - Parameters:
    ///   - model: directory of a model whose subwords are WordPiece's.
    ///   - tokens: file of lines `TOKEN<tab>WORDS`.
    public init(model: String, tokens: String) {
        self.model = model
        self.tokens = tokens
    }

    /// A piece of the vocabulary, and the tokens whose mean it starts as.
    private struct Piece {
        let id: Int32
        let meaning: [Int32]
    }

    /// Writes the model with its new tokens to another directory, in f32.
    ///
    /// - Returns: how many pieces are new; those that were there already stay as they are.
    /// - Throws: `FileError` or `TrainingError`, also where there is less room than tokens, or the tokenizer changes a
    ///   token before it looks it up, so that it would never be found.
    public func write(to out: String) throws -> Int {
        let tokenizer = try Tokenizer(directory: model)
        let architecture = try Architecture(directory: model)
        try architecture.check(tokenizer, in: model)
        let wanted = try NewTokens(path: tokens)
        var files = try TokenizerFiles(directory: model)
        let pieces = try place(wanted, in: tokenizer, &files)

        let weights = try Weights(directory: model)
        let names = ParameterNames(architecture.plan, in: weights.names)
        let perToken = [names.wordEmbeddings + ".weight", names.decoder + ".weight"]
        var tensors: [(name: String, shape: [Int], values: FloatBuffer)] = []
        // What only says where tokens stand is no parameter.
        for name in weights.names where !name.hasSuffix("position_ids") {
            let shape = weights.shape(of: name) ?? []
            var values = try weights.floats(name, shape: shape)
            if perToken.contains(name), shape == [architecture.vocabularySize, architecture.embeddingWidth] {
                Self.describe(pieces, in: &values, width: architecture.embeddingWidth)
            }
            tensors.append((name, shape, FloatBuffer(values)))
        }
        try RunDirectory.prepare(out, resumes: false)
        try ModelWriter(source: model, replacing: files.contents).write(
            to: out,
            architecture: architecture,
            tensors: tensors.map { name, shape, values in
                NamedTensor(
                    name: name,
                    shape: shape,
                    values: UnsafeBufferPointer(start: values.start, count: values.count)
                )
            }
        )
        return pieces.count
    }

    /// Finds a place for each new piece.
    private func place(_ wanted: NewTokens, in tokenizer: Tokenizer, _ files: inout TokenizerFiles) throws -> [Piece] {
        let vocabulary = tokenizer.vocabulary
        var free = (0..<Int32(vocabulary.count)).filter { Self.isUnused(vocabulary.token(of: $0)) }[...]
        var pieces: [Piece] = []
        for entry in wanted.entries {
            let place = "\(wanted.path), line \(entry.line)"
            let looked = tokenizer.normalised(entry.token)
            guard looked == entry.token, looked.unicodeScalars.count == entry.token.unicodeScalars.count else {
                throw TrainingError(
                    "\(place): the tokenizer makes '\(looked)' of the token before it looks it up; write that"
                )
            }
            let isKnown = vocabulary.id(of: entry.token) != nil
            guard isKnown || tokenizer.encode(entry.token) == [tokenizer.unkID] else {
                throw TrainingError("\(place): the tokenizer parts the token, or knows its parts already")
            }
            let meaning = tokenizer.encode(entry.words).filter { $0 != tokenizer.unkID }
            guard !meaning.isEmpty else { throw TrainingError("\(place): the model knows none of the words") }
            for piece in [entry.token, "##" + entry.token] where vocabulary.id(of: piece) == nil {
                while let id = free.first, !files.rename(vocabulary.token(of: id), of: id, to: piece) {
                    free.removeFirst()
                }
                guard let id = free.popFirst() else {
                    throw TrainingError(
                        "\(place): the vocabulary has no place left; \(pieces.count) of its [unused…] pieces are taken by "
                            + "the lines before, two for a token"
                    )
                }
                pieces.append(Piece(id: id, meaning: meaning))
            }
        }
        return pieces
    }

    private static func isUnused(_ token: String) -> Bool {
        token.hasPrefix("[unused") && token.hasSuffix("]") && token.dropFirst(7).dropLast().allSatisfy(\.isNumber)
    }

    /// Writes each new piece's row of a matrix `[vocabulary, width]`: the mean of its words' rows.
    private static func describe(_ pieces: [Piece], in rows: inout [Float], width: Int) {
        for piece in pieces {
            for column in 0..<width {
                let sum = piece.meaning.reduce(Float(0)) { $0 + rows[Int($1) * width + column] }
                rows[Int(piece.id) * width + column] = sum / Float(piece.meaning.count)
            }
        }
    }
}
