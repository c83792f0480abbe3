// SPDX-License-Identifier: Apache-2.0

/// BERT's tokenizer: text to token ids and back, id for id as Hugging Face's `tokenizers` does it for the same directory.
///
/// It is immutable: any number of threads may use one at the same time.
public struct Tokenizer: Sendable {
    /// The tokens and their ids.
    public let vocabulary: Vocabulary
    /// `model_max_length`: how many tokens the model was made for, `[CLS]` and `[SEP]` included; nil if the directory
    /// does not limit it.
    public let modelMaxLength: Int?
    /// What is kept of a longer text, unless somebody asks for something else: its head, or its tail where
    /// `truncation_side` is left.
    public let truncation: Truncation
    /// Stands before every text: `[CLS]`.
    public let clsID: Int32
    /// Stands behind every text: `[SEP]`.
    public let sepID: Int32
    /// Stands for a word that has no pieces: `[UNK]`.
    public let unkID: Int32
    /// Stands for a token that the model is to guess, `[MASK]`; nil if the vocabulary has none.
    public let maskID: Int32?
    /// Fills a batch up to a rectangle, `[PAD]`; nil if the vocabulary has none.
    public let padID: Int32?

    private let normaliser: Normaliser
    private let model: WordPiece
    /// Looked for in the text as it comes.
    private let rawTokens: AddedTokens
    /// Looked for in the normalised text; few tokenizers have any.
    private let normalisedTokens: AddedTokens
    let decoding: Decoding
    /// For text that is normalised already.
    private static let asIs = Normaliser(Normaliser.Options())
    /// How far the search for added tokens runs ahead of the words, in bytes.
    private let window: Int

    /// Reads `tokenizer.json`, or else `vocab.txt`, and `tokenizer_config.json` of a Hugging Face model directory.
    public init(directory: String) throws(ModelError) {
        try self.init(TokenizerDirectory.read(directory))
    }

    init(_ description: TokenizerDescription, window: Int = 1024) throws(ModelError) {
        self.window = window
        normaliser = Normaliser(description.normaliser)
        vocabulary = description.vocabulary
        modelMaxLength = description.modelMaxLength
        truncation = description.truncation
        clsID = description.cls
        sepID = description.sep
        unkID = description.unk
        maskID = description.mask
        padID = description.pad
        decoding = description.decoding.knowing(description.added, normaliser)
        model = WordPiece(
            trie: description.vocabulary.pieces,
            prefix: description.prefix,
            unknown: description.unk,
            maxScalarsPerWord: description.maxScalarsPerWord
        )
        rawTokens = try Self.patterns(description, normalised: false) { Array($0.content.utf8) }
        normalisedTokens = try Self.patterns(description, normalised: true) { [normaliser] token in
            var content = token.content
            return content.withUTF8 { normaliser.normalise($0) }
        }
    }

    private static func patterns(
        _ description: TokenizerDescription,
        normalised: Bool,
        _ pattern: (AddedToken) -> [UInt8]
    ) throws(ModelError) -> AddedTokens {
        let tokens = description.added.filter { $0.normalised == normalised }
        var patterns = PieceList()
        for token in tokens { patterns.append(pattern(token)) }
        if let empty = tokens.indices.first(where: { patterns.count($0) == 0 }) {
            throw ModelError(
                .invalid,
                path: description.path,
                "the added token \"\(tokens[empty].content.clippedForMessage)\" is empty once normalised"
            )
        }
        do {
            return try AddedTokens(tokens, patterns: patterns, passingOverSpecial: description.splitsSpecialTokens)
        } catch {
            let names =
                "\"\(tokens[error.first].content.clippedForMessage)\" and \"\(tokens[error.second].content.clippedForMessage)\""
            throw ModelError(.invalid, path: description.path, "the added tokens \(names) look the same in a text")
        }
    }

    /// Appends the ids of a text, without `[CLS]` and `[SEP]`, and stops where the limit is reached: the beginning of a
    /// long text costs no more than a short one. What comes out is the beginning of what comes out without a limit.
    /// (Only with tokens that were added to be found in the normalised text, all of the text is normalised first.)
    ///
    /// - Parameters:
    ///   - utf8: the text, which should be valid UTF-8; where it is not, the ids have no meaning.
    ///   - limit: the most ids to append.
    ///   - ids: what is appended to; nothing is allocated if it has room.
    /// - Returns: whether the text was cut short: there is at least one more id.
    public func encode(_ utf8: UnsafeBufferPointer<UInt8>, limit: Int, into ids: inout [Int32]) -> Bool {
        withWords(appendingTo: &ids, limit: limit) { words in
            if normalisedTokens.isEmpty {
                encode(utf8, tokens: rawTokens, window: window, normaliser, &words)
                return
            }
            // An added token may lie across any cut of the normalised text, so that a stretch is normalised as a whole.
            var cuts = TextCuts(utf8, tokens: rawTokens, window: .max)
            while !words.isFull, let cut = cuts.next() {
                switch cut {
                case .token(let id): words.append(token: id)
                case .text(let range):
                    let text = normaliser.normalise(UnsafeBufferPointer(rebasing: utf8[range]))
                    text.withUnsafeBufferPointer {
                        encode($0, tokens: normalisedTokens, window: window, Self.asIs, &words)
                    }
                }
            }
        }
    }

    /// The same for a string.
    public func encode(_ text: String, limit: Int, into ids: inout [Int32]) -> Bool {
        var text = text
        return text.withUTF8 { encode($0, limit: limit, into: &ids) }
    }

    /// The ids of a text, without `[CLS]` and `[SEP]`, at most `limit` of them.
    public func encode(_ text: String, limit: Int = .max) -> [Int32] {
        var ids: [Int32] = []
        _ = encode(text, limit: limit, into: &ids)
        return ids
    }

    /// The tokens of ids, each from 0 to `vocabulary.count` - 1.
    public func tokens(of ids: some Sequence<Int32>) -> [String] { ids.map(vocabulary.token(of:)) }

    private func encode(
        _ text: UnsafeBufferPointer<UInt8>,
        tokens: AddedTokens,
        window: Int,
        _ normaliser: Normaliser,
        _ words: inout WordSink
    ) {
        var marks = Normaliser.Marks()
        var cuts = TextCuts(text, tokens: tokens, window: window)
        while !words.isFull, let cut = cuts.next() {
            switch cut {
            case .token(let id):
                normaliser.finish(marks: &marks, into: &words)
                words.append(token: id)
            case .text(let range):
                normaliser.normalise(UnsafeBufferPointer(rebasing: text[range]), marks: &marks, into: &words)
            }
        }
        normaliser.finish(marks: &marks, into: &words)
        words.endWord()
    }

    /// Lets `body` fill a sink, and says whether more came in than the limit leaves room for.
    private func withWords(
        appendingTo ids: UnsafeMutablePointer<[Int32]>,
        limit: Int,
        _ body: (inout WordSink) -> Void
    ) -> Bool {
        model.trie.withUnits { units in
            ScalarProperties.shared.flags.withUnsafeBufferPointer { flags in
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4 * model.maxScalarsPerWord) { word in
                    // Neither is empty: the flags are a table, and a word has at least one scalar.
                    guard let flags = flags.baseAddress, let word = word.baseAddress else { return false }
                    var words = WordSink(model: model, units: units, flags: flags, word: word, ids: ids, limit: limit)
                    body(&words)
                    return words.isFull
                }
            }
        }
    }
}
