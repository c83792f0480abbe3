// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The stage that cuts a normalised text into words. The sinks of the subword models do its work together with theirs.
enum PreTokeniser: Sendable, Equatable {
    /// Hugging Face's BertPreTokenizer: at whitespace and punctuation.
    case bert
    /// By GPT-2's expression, into bytes.
    case byteLevel(addsPrefixSpace: Bool)
    /// Behind a WhitespaceSplit or not.
    case metaspace(Metaspace)

    /// The one of a `tokenizer.json`; any other is refused.
    init(_ part: TokenizerPart?, _ path: String) throws(FileError) {
        var parts = part.map { $0.leaves(\.pretokenizers) } ?? []
        let isSplit = parts.count > 1 && parts[0].type == "WhitespaceSplit" && parts[1].type == "Metaspace"
        if isSplit { parts.removeFirst() }
        guard let part = parts.first else { throw TokenizerPart.refusal("pre_tokenizer", "null", path) }
        switch part.type {
        case "BertPreTokenizer": self = .bert
        case "ByteLevel":
            guard part.usesExpression != false else {
                throw TokenizerPart.refusal("pre_tokenizer", "ByteLevel without use_regex", path)
            }
            self = .byteLevel(addsPrefixSpace: part.addsPrefixSpace ?? true)
        case "Metaspace": self = .metaspace(try Metaspace(part, splitsAtWhitespace: isSplit, path))
        default: throw TokenizerPart.refusal("pre_tokenizer", part.type, path)
        }
        // Words that one BertPreTokenizer has cut the next leaves as they are.
        if let other = parts.dropFirst().first(where: { $0.type != "BertPreTokenizer" || self != .bert }) {
            throw TokenizerPart.refusal("pre_tokenizer", "Sequence of \(part.type) and \(other.type)", path)
        }
    }

    /// What `tokenizer.json` calls it.
    var type: String {
        switch self {
        case .bert: "BertPreTokenizer"
        case .byteLevel: "ByteLevel"
        case .metaspace: "Metaspace"
        }
    }
}
