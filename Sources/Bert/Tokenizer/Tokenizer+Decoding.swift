// SPDX-License-Identifier: Apache-2.0
internal import Files

/// How ids become text again.
struct Decoding: Sendable, Equatable {
    /// What is done to tokens before they are put together.
    enum Style: Sendable, Equatable {
        /// They are joined by spaces.
        case spaced
        /// The same, without spaces before those that begin with a prefix, which goes; and where it `cleans`, without gaps
        /// before punctuation, token by token.
        case wordPiece(prefix: String, cleans: Bool)
        /// The bytes that their scalars stand for are put together.
        case byteLevel
        /// `▁` is a space, or in the first token, where it `dropsFirst`, nothing.
        case metaspace(dropsFirst: Bool)
    }

    var style = Style.wordPiece(prefix: "##", cleans: true)
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
    /// What a `tokenizer.json`'s decoder does.
    init(_ part: TokenizerPart?, _ path: String) throws(FileError) {
        switch part?.type {
        case nil: self.init(style: .spaced)
        case "WordPiece": self.init(style: .wordPiece(prefix: part?.prefix ?? "##", cleans: part?.cleanup ?? true))
        case "ByteLevel": self.init(style: .byteLevel)
        case "Metaspace":
            let metaspace = try part.map { (part) throws(FileError) in
                try Metaspace(part, splitsAtWhitespace: false, path)
            }
            self.init(style: .metaspace(dropsFirst: metaspace?.prefix != .never))
        case let other?: throw TokenizerPart.refusal("decoder", other, path)
        }
    }
}

extension Tokenizer {
    /// The text of ids, as `decode` of transformers gives it. Ids outside the vocabulary are left out.
    public func decode(_ ids: [Int32], skippingSpecialTokens: Bool) -> String {
        var text: [UInt8] = []
        var isFirst = true
        for id in ids where id >= 0 && id < vocabulary.count {
            if skippingSpecialTokens, decoding.special.contains(id) { continue }
            let token = decoding.forms[id] ?? Array(vocabulary.token(of: id).utf8)
            text += decoding.style.text(of: token, isFirst: isFirst)
            isFirst = false
        }
        if decoding.style == .byteLevel { text = Array(String(decoding: text, as: UTF8.self).utf8) }
        if decoding.cleansText { Decoding.replace(Decoding.inText, in: &text) }
        return String(decoding: text, as: UTF8.self)
    }
}

extension Decoding.Style {
    /// What a token adds to a text.
    fileprivate func text(of token: [UInt8], isFirst: Bool) -> [UInt8] {
        let space = isFirst ? [] : [UInt8(ascii: " ")]
        switch self {
        case .spaced: return space + token
        case .wordPiece(let prefix, let cleans):
            let continues = !isFirst && token.starts(with: prefix.utf8)
            var text = continues ? Array(token.dropFirst(prefix.utf8.count)) : space + token
            if cleans { Decoding.replace(Decoding.inTokens, in: &text) }
            return text
        case .metaspace(let dropsFirst):
            var text: [UInt8] = []
            var rest = token[...]
            while let byte = rest.first {
                if rest.starts(with: Metaspace.mark) {
                    if !isFirst || !dropsFirst { text.append(UInt8(ascii: " ")) }
                    rest = rest.dropFirst(Metaspace.mark.count)
                } else {
                    text.append(byte)
                    rest = rest.dropFirst()
                }
            }
            return text
        case .byteLevel: return ByteLevelAlphabet.bytes(of: String(decoding: token, as: UTF8.self)) ?? token
        }
    }
}

extension Decoding {
    /// Replaces each from left to right, one pair after the other, by bytes: Swift's own search would take characters
    /// with their combining marks.
    fileprivate static func replace(_ pairs: [(String, String)], in text: inout [UInt8]) {
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
