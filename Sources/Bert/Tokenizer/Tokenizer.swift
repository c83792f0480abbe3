// SPDX-License-Identifier: Apache-2.0
public import Files

/// A tokenizer: text to token ids and back, id for id as Hugging Face's `tokenizers` does it for the same directory.
///
/// A chain of stages, as in `tokenizer.json`: added tokens and `Normaliser` (`TextStages`), `PreTokeniser`, `SubwordModel`,
/// `PostProcessor`, which `encoding(of:within:)` applies.
///
/// It is immutable: any number of threads may use one at the same time.
public struct Tokenizer: Sendable {
    /// The tokens and their ids.
    public let vocabulary: Vocabulary
    /// `model_max_length`: how many tokens the model was made for, `[CLS]` and `[SEP]` included; nil if the directory
    /// does not limit it.
    public let modelMaxLength: Int?
    /// What is kept of a longer text, unless the caller asks for something else: its head, or its tail where
    /// `truncation_side` is left.
    public let truncation: Truncation
    /// Stands before every text: `[CLS]`, say.
    public var clsID: Int32 { postProcessor.first }
    /// Stands behind every text: `[SEP]`, say.
    public var sepID: Int32 { postProcessor.last }
    /// Stands for a word that has no pieces: `[UNK]`.
    package let unkID: Int32
    /// Stands for a token that the model is to guess, `[MASK]`; nil if the vocabulary has none.
    public let maskID: Int32?
    /// Fills a batch up to a rectangle, `[PAD]`; nil if the vocabulary has none.
    public let padID: Int32?

    /// What cuts words into pieces: `WordPiece`, `ByteLevelBPE` or `Unigram`.
    public var subwordModel: String { "\(Swift.type(of: model))" }

    private let stages: TextStages
    private let model: any SubwordModel
    private let added: Set<Int32>
    let postProcessor: PostProcessor
    let decoding: Decoding

    /// Reads `tokenizer.json`, or else the vocabulary's own files, and `tokenizer_config.json` of a Hugging Face model directory.
    public init(directory: String) throws(FileError) {
        try self.init(TokenizerDirectory.read(directory))
    }

    init(_ description: TokenizerDescription, window: Int = 1024) throws(FileError) {
        let normaliser = Normaliser(description.normaliser)
        vocabulary = description.vocabulary
        modelMaxLength = description.modelMaxLength
        truncation = description.truncation
        unkID = description.unk
        maskID = description.mask
        padID = description.pad
        stages = try TextStages(description, normaliser, window: window)
        model = description.model
        added = Set(description.added.map(\.id))
        postProcessor = description.postProcessor
        decoding = description.decoding.knowing(description.added, normaliser)
    }

    /// Appends the ids of a text, without the special tokens around it, and stops where the limit is reached: the beginning of a
    /// long text costs no more than a short one. What comes out is the beginning of what comes out without a limit.
    /// (Only with tokens that were added to be found in the normalised text, all of the text is normalised first.)
    ///
    /// - Parameters:
    ///   - utf8: the text, which should be valid UTF-8; where it is not, the ids have no meaning.
    ///   - limit: the most ids to append.
    ///   - ids: what is appended to; nothing is allocated if it has room.
    /// - Returns: whether the text was cut short: there is at least one more id.
    public func encode(_ utf8: UnsafeBufferPointer<UInt8>, limit: Int, into ids: inout [Int32]) -> Bool {
        model.encode(utf8, through: stages, limit: limit, into: &ids)
    }

    /// The same for a string.
    public func encode(_ text: String, limit: Int, into ids: inout [Int32]) -> Bool {
        var text = text
        return text.withUTF8 { encode($0, limit: limit, into: &ids) }
    }

    /// The ids of a text, without the special tokens around it, at most `limit` of them.
    public func encode(_ text: String, limit: Int = .max) -> [Int32] {
        var ids: [Int32] = []
        _ = encode(text, limit: limit, into: &ids)
        return ids
    }

    /// The same, and where in the text each token stands. It takes about twice as long.
    public func encodeWithPlaces(_ text: String, limit: Int = .max) -> (tokens: PlacedTokens, isCut: Bool) {
        var (text, tokens) = (text, PlacedTokens())
        let isCut = text.withUTF8 { utf8 in
            let isCut = model.encode(utf8, through: stages, limit: limit, into: &tokens)
            postProcessor.trimming?.trim(&tokens, of: utf8, vocabulary, added: added)
            return isCut
        }
        return (tokens, isCut)
    }

    /// Whether another tokenizer gives every text the same ids: by what the two are made of, wherever it was read from.
    public func reads(like other: Tokenizer) -> Bool {
        postProcessor == other.postProcessor && vocabulary == other.vocabulary && stages == other.stages
            && model.isEqual(to: other.model)
    }

    /// How much of a text the vocabulary has pieces for. It takes some milliseconds to make.
    public func coverage() -> VocabularyCoverage { model.coverage(of: vocabulary, unknown: unkID) }

    /// A text without added tokens as the subwords are looked up in it: in lower case, say, and without accents.
    package func normalised(_ text: String) -> String { stages.normalised(text) }

    /// The tokens of ids, each from 0 to `vocabulary.count` - 1.
    public func tokens(of ids: some Sequence<Int32>) -> [String] { ids.map(vocabulary.token(of:)) }
}
