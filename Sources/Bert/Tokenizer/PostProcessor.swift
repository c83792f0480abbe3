// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The last stage: puts the ids of a text between two special tokens, `[CLS]` and `[SEP]` or `<s>` and `</s>`.
struct PostProcessor: Sendable, Equatable {
    let first: Int32
    let last: Int32
    /// How many tokens it adds.
    static let added = 2

    init(first: Int32, last: Int32) {
        self.first = first
        self.last = last
    }

    /// The one of a `tokenizer.json`; all but one token on either side of a single text is refused.
    init(_ part: TokenizerPart, _ path: String) throws(FileError) {
        func id(_ id: Int?) throws(FileError) -> Int32 {
            guard let id, let id = Int32(exactly: id), id >= 0 else {
                throw FileError(.invalid, path: path, "post_processor names a token without an id")
            }
            return id
        }
        let parts = part.leaves(\.processors)
        guard parts.count == 1, let part = parts.first else {
            throw TokenizerPart.refusal("post_processor", part.type, path)
        }
        switch part.type {
        case "BertProcessing", "RobertaProcessing":
            self.init(first: try id(part.cls?.id), last: try id(part.sep?.id))
        case "TemplateProcessing":
            let single = part.single ?? []
            guard single.count == 3, let before = single[0].special, single[1].isText, let after = single[2].special,
                let first = part.specialTokens?[before]?.ids, let last = part.specialTokens?[after]?.ids,
                first.count == 1, last.count == 1
            else {
                throw TokenizerPart.refusal("post_processor", "TemplateProcessing other than [CLS] $A [SEP]", path)
            }
            self.init(first: try id(first[0]), last: try id(last[0]))
        default:
            throw TokenizerPart.refusal("post_processor", part.type, path)
        }
    }

    /// A text as the model reads it.
    func framed(_ ids: ArraySlice<Int32>) -> [Int32] { [first] + ids + [last] }
}
