// SPDX-License-Identifier: Apache-2.0

/// A class of tokenizers in `transformers` that builds its chain itself: what it takes where the files say nothing.
struct TokenizerClass: Sendable {
    /// What `tokenizer_class` may call it.
    let names: Set<String>
    /// The tokens that have a part of their own.
    let special: SpecialTokenNames

    static let bert = TokenizerClass(
        names: ["BertTokenizer", "BertTokenizerFast", "MobileBertTokenizer", "MobileBertTokenizerFast"],
        special: .bert
    )
    static let distilBert = TokenizerClass(
        names: ["DistilBertTokenizer", "DistilBertTokenizerFast"],
        special: .bert
    )
}

extension SpecialTokenNames {
    /// `[CLS]` and its like.
    static let bert: SpecialTokenNames = {
        var names = SpecialTokenNames()
        names.unk = TokenEntry("[UNK]")
        names.cls = TokenEntry("[CLS]")
        names.sep = TokenEntry("[SEP]")
        names.mask = TokenEntry("[MASK]")
        names.pad = TokenEntry("[PAD]")
        return names
    }()
}
