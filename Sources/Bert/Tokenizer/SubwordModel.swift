// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The stage of a tokenizer that cuts words into pieces of the vocabulary.
///
/// It takes the text from the stages before it in a sink of its own, so that a model can cut scalar by scalar, without a
/// normalised text or a list of words in between.
protocol SubwordModel: Sendable {
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

    /// What marks a piece that continues a word; empty if nothing does.
    var continuationPrefix: String { get }
}

extension SubwordModel {
    /// How much of a text the vocabulary has pieces for.
    func coverage(of vocabulary: Vocabulary, unknown: Int32) -> VocabularyCoverage {
        VocabularyCoverage(vocabulary, prefix: continuationPrefix, unknown: unknown)
    }
}

/// What a file says of a subword model, the vocabulary aside.
protocol SubwordModelSettings: Decodable, Sendable {
    /// What `tokenizer.json` has under `model.type`.
    static var type: String { get }
    /// The token that stands for a word which has no pieces.
    var unknown: String { get }

    /// Refuses fields that are missing or out of their bounds.
    func check(path: String) throws(FileError)

    /// The model with these settings.
    func model(of vocabulary: Vocabulary, unknown: Int32) -> any SubwordModel
}

/// The subword models that are known.
enum SubwordModels {
    static let known: [any SubwordModelSettings.Type] = [WordPiece.Settings.self]

    /// Files of the first year name no type: what has merges is a BPE.
    static func type(named: String?, hasMerges: Bool) -> String {
        named ?? (hasMerges ? "BPE" : WordPiece.Settings.type)
    }
}
