// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The stage that cuts a normalised text into words. There is one, Hugging Face's BertPreTokenizer, and `WordSink` does its
/// work together with the subword model's.
enum PreTokeniser {
    /// Refuses any other one in a `tokenizer.json`.
    static func check(_ part: TokenizerPart?, _ path: String) throws(FileError) {
        let parts = part.map { $0.leaves(\.pretokenizers) } ?? []
        if let other = parts.first(where: { $0.type != "BertPreTokenizer" }) {
            throw TokenizerPart.refusal("pre_tokenizer", other.type, path)
        }
        if parts.isEmpty { throw TokenizerPart.refusal("pre_tokenizer", "null", path) }
    }
}
