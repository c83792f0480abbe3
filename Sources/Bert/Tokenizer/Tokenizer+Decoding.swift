// SPDX-License-Identifier: Apache-2.0
internal import Files

/// How ids become text again.
struct Decoding: Sendable, Equatable {
    /// What continuing pieces begin with; nil: tokens are joined by spaces as they are.
    var prefix: String? = "##"
    /// Whether the decoder closes the gaps before punctuation, token by token.
    var cleansTokens = true
    /// `clean_up_tokenization_spaces`: whether gaps are closed in the whole text, too.
    var cleansText = false
    /// Tokens that are left out when asked.
    private(set) var special: Set<Int32> = []
    /// Added tokens that were sought in the normalised text come back in their normalised form.
    private(set) var forms: [Int32: [UInt8]] = [:]

    /// What the decoder replaces within each token and the space before it, in this order.
    fileprivate static let inTokens = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ]
    /// What is replaced in the whole text: the same but for `do not`.
    fileprivate static let inText = inTokens.filter { $0.0 != " do not" }

    /// The same, with what depends on the added tokens. Hugging Face leaves out a token if its form is the content of a
    /// special one: a special token that normalising changes is not left out.
    func knowing(_ added: [AddedToken], _ normaliser: Normaliser) -> Decoding {
        var decoding = self
        let contents = Set(added.filter(\.special).map { Array($0.content.utf8) })
        for token in added {
            var form = Array(token.content.utf8)
            if token.normalised {
                form = form.withUnsafeBufferPointer(normaliser.normalise)
                decoding.forms[token.id] = form
            }
            if contents.contains(form) { decoding.special.insert(token.id) }
        }
        return decoding
    }
}

extension Decoding {
    /// What a `tokenizer.json`'s decoder does: that of WordPiece, or none.
    init(_ part: TokenizerPart?, _ path: String) throws(FileError) {
        guard let part else {
            self.init(prefix: nil, cleansTokens: false)
            return
        }
        guard part.type == "WordPiece" else { throw TokenizerPart.refusal("decoder", part.type, path) }
        self.init(prefix: part.prefix ?? "##", cleansTokens: part.cleanup ?? true)
    }
}

extension Tokenizer {
    /// The text of ids, as `decode` of transformers gives it. Ids outside the vocabulary are left out.
    public func decode(_ ids: [Int32], skippingSpecialTokens: Bool) -> String {
        var text: [UInt8] = []
        var isFirst = true
        for id in ids where id >= 0 && id < vocabulary.count {
            if skippingSpecialTokens, decoding.special.contains(id) { continue }
            var token = decoding.forms[id] ?? Array(vocabulary.token(of: id).utf8)
            if !isFirst {
                if let prefix = decoding.prefix?.utf8, token.starts(with: prefix) {
                    token.removeFirst(prefix.count)
                } else {
                    token.insert(UInt8(ascii: " "), at: 0)
                }
            }
            if decoding.cleansTokens, decoding.prefix != nil { Self.replace(Decoding.inTokens, in: &token) }
            text += token
            isFirst = false
        }
        if decoding.cleansText { Self.replace(Decoding.inText, in: &text) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Replaces each from left to right, one pair after the other, by bytes: Swift's own search would take characters
    /// with their combining marks.
    private static func replace(_ pairs: [(String, String)], in text: inout [UInt8]) {
        guard text.contains(UInt8(ascii: " ")) else { return }
        for (old, new) in pairs {
            let old = Array(old.utf8)
            var out: [UInt8] = []
            var at = 0
            while at < text.count {
                if text[at] == old[0], text[at...].starts(with: old) {
                    out += new.utf8
                    at += old.count
                } else {
                    out.append(text[at])
                    at += 1
                }
            }
            text = out
        }
    }
}
