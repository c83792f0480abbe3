// SPDX-License-Identifier: Apache-2.0

/// All that decides which ids a text has, gathered from the files of a directory.
struct TokenizerDescription: Sendable {
    /// The file to name when something in it does not fit together.
    var path: String
    var vocabulary: Vocabulary
    var normaliser: Normaliser.Options
    /// What normalises whole stretches in front of a model that does not do it itself; nil where nothing does.
    var stretches: StretchNormaliser?
    var model: any SubwordModel
    /// In the order of their ids.
    var added: [AddedToken]
    var splitsSpecialTokens: Bool
    var modelMaxLength: Int?
    var truncation = Truncation.head
    var decoding: Decoding
    var postProcessor: PostProcessor
    var unk: Int32
    var mask: Int32?
    var pad: Int32?
}
