// SPDX-License-Identifier: Apache-2.0
internal import Files

/// Hugging Face's Metaspace pre-tokeniser: a space becomes `▁`, and words begin with one.
struct Metaspace: Sendable, Equatable {
    /// Where a `▁` is put in front of what does not begin with one.
    enum Prefix: String, Decodable, Sendable {
        /// Before each stretch, or with `splitsAtWhitespace` each word.
        case always
        /// Only where the text begins.
        case first
        case never
    }

    /// `▁`, U+2581.
    static let mark: [UInt8] = [0xE2, 0x96, 0x81]

    var prefix = Prefix.always
    /// Whether a WhitespaceSplit stands before it, which leaves out whitespace.
    var splitsAtWhitespace = true
    /// Whether each `▁` begins a word.
    var splits = true
}

extension Metaspace {
    /// The one of a `tokenizer.json`, whether a pre-tokeniser or a decoder.
    init(_ part: TokenizerPart, splitsAtWhitespace: Bool, _ path: String) throws(FileError) {
        let scheme = part.prefixScheme ?? "always"
        guard part.replacement.map({ Array($0.utf8) }) == Self.mark, let prefix = Prefix(rawValue: scheme) else {
            throw TokenizerPart.refusal("Metaspace", "\(part.replacement ?? "null"), \(scheme)", path)
        }
        self.prefix = part.addsPrefixSpace == false ? .never : prefix
        self.splitsAtWhitespace = splitsAtWhitespace
        splits = part.splits ?? true
    }
}
