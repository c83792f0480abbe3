// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The stage of a tokenizer that cuts words into pieces of the vocabulary.
///
/// It takes the text from the stages before it in a sink of its own, so that a model can cut scalar by scalar, without a
/// normalised text or a list of words in between.
protocol SubwordModel: Sendable, Equatable {
    /// Lets the stages feed a sink of the model's own, which appends at most `limit` ids and tells a watch where each stands;
    /// comes out with that watch, and with whether there is at least one id more.
    func feed<Places: PlaceWatch>(
        _ utf8: UnsafeBufferPointer<UInt8>,
        through stages: TextStages,
        limit: Int,
        to ids: UnsafeMutablePointer<[Int32]>,
        _ places: Places
    ) -> (isCut: Bool, places: Places)

    /// Appends the ids of a text, at most `limit`, and says whether there is at least one more.
    func encode(
        _ utf8: UnsafeBufferPointer<UInt8>,
        through stages: TextStages,
        limit: Int,
        into ids: inout [Int32]
    ) -> Bool

    /// The same, and where in the text each id stands, in bytes: from the first scalar that it was made of to the last.
    func encode(
        _ utf8: UnsafeBufferPointer<UInt8>,
        through stages: TextStages,
        limit: Int,
        into tokens: inout PlacedTokens
    ) -> Bool

    /// The text that a piece stands for, without what marks its place in a word, and whether it continues one; nil for
    /// a piece of less than a scalar.
    func text(of piece: String) -> (text: Substring, continues: Bool)?
}

// Requirements with one implementation for all: called on a model of whatever kind, each is compiled for its sink all the
// same.
extension SubwordModel {
    func encode(
        _ utf8: UnsafeBufferPointer<UInt8>,
        through stages: TextStages,
        limit: Int,
        into ids: inout [Int32]
    ) -> Bool {
        feed(utf8, through: stages, limit: limit, to: &ids, NoPlaces()).isCut
    }

    func encode(
        _ utf8: UnsafeBufferPointer<UInt8>,
        through stages: TextStages,
        limit: Int,
        into tokens: inout PlacedTokens
    ) -> Bool {
        let (isCut, found) = feed(utf8, through: stages, limit: limit, to: &tokens.ids, TokenPlaces())
        tokens.places += found.places
        return isCut
    }
}

extension SubwordModel {
    /// Whether another model, of whatever kind, is the same one.
    func isEqual(to other: any SubwordModel) -> Bool { other as? Self == self }

    /// How much of a text the vocabulary has pieces for.
    func coverage(of vocabulary: Vocabulary, unknown: Int32) -> VocabularyCoverage {
        VocabularyCoverage(vocabulary, text: text(of:), unknown: unknown)
    }
}

/// What a file says of a subword model.
protocol SubwordModelSettings: Decodable, Sendable {
    /// What `tokenizer.json` has under `model.type`.
    static var type: String { get }
    /// Whether the model takes texts through the steps of a normaliser itself.
    static var normalises: Bool { get }
    /// The token that stands for what has no pieces, if the file names one.
    var unknown: String? { get }

    /// Reads the parts of a `tokenizer.json` that are too long to be decoded, and returns its pieces.
    mutating func read(_ file: ModelJSON) throws(FileError) -> PieceList

    /// Refuses fields that are missing or out of their bounds.
    func check(path: String) throws(FileError)

    /// Whether it is known behind such a pre-tokeniser.
    func follows(_ preTokeniser: PreTokeniser) -> Bool

    /// Whether it is known behind such a normaliser.
    func follows(_ normaliser: NormaliserPlan) -> Bool

    /// The model with these settings, behind a pre-tokeniser that it follows, among the stages around it.
    ///
    /// - Parameters:
    ///   - unknown: the id of the unknown token, the tokenizer's where the model names none.
    ///   - path: the file to name where pieces and settings do not fit together.
    func model(
        of vocabulary: Vocabulary,
        unknown: Int32,
        in stages: TokenizerStages,
        path: String
    ) throws(FileError) -> any SubwordModel
}

extension SubwordModelSettings {
    func read(_ file: ModelJSON) throws(FileError) -> PieceList { try file.pieces() }

    static var normalises: Bool { false }

    func follows(_ normaliser: NormaliserPlan) -> Bool { normaliser.steps.isEmpty }
}

/// The subword models that are known.
enum SubwordModels {
    static let known: [any SubwordModelSettings.Type] = [
        WordPiece.Settings.self, ByteLevelBPE.Settings.self, Unigram.Settings.self,
    ]

    /// Files of the first year name no type: what has merges is a BPE.
    static func type(named: String?, hasMerges: Bool) -> String {
        named ?? (hasMerges ? ByteLevelBPE.Settings.type : WordPiece.Settings.type)
    }
}
