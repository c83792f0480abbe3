// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The last stage: puts the ids of a text between two special tokens, `[CLS]` and `[SEP]` or `<s>` and `</s>`.
struct PostProcessor: Sendable, Equatable {
    let first: Int32
    let last: Int32
    /// What becomes of the places of tokens; nil if they stay.
    let trimming: PlaceTrimming?
    /// How many tokens it adds.
    static let added = 2

    init(first: Int32, last: Int32, trimming: PlaceTrimming? = nil) {
        self.first = first
        self.last = last
        self.trimming = trimming
    }

    /// The one of a `tokenizer.json`; all but one token on either side of a single text is refused.
    init(_ part: TokenizerPart, _ path: String) throws(FileError) {
        func id(_ id: Int?) throws(FileError) -> Int32 {
            guard let id, let id = Int32(exactly: id), id >= 0 else {
                throw FileError(.invalid, path: path, "post_processor names a token without an id")
            }
            return id
        }
        var parts = part.leaves(\.processors)
        // A ByteLevel in front of the one that adds tokens does no more than trim.
        let trims = parts.count == 2 && parts[0].type == "ByteLevel" ? parts.removeFirst() : nil
        guard parts.count == 1, let part = parts.first else {
            throw TokenizerPart.refusal("post_processor", part.type, path)
        }
        let trimming = trims?.placeTrimming
        switch part.type {
        case "BertProcessing":
            self.init(first: try id(part.cls?.id), last: try id(part.sep?.id), trimming: trimming)
        case "RobertaProcessing":
            guard trims == nil else { throw TokenizerPart.refusal("post_processor", "ByteLevel before Roberta", path) }
            self.init(first: try id(part.cls?.id), last: try id(part.sep?.id), trimming: part.placeTrimming)
        case "TemplateProcessing":
            let single = part.single ?? []
            guard single.count == 3, let before = single[0].special, single[1].isText, let after = single[2].special,
                let first = part.specialTokens?[before]?.ids, let last = part.specialTokens?[after]?.ids,
                first.count == 1, last.count == 1
            else {
                throw TokenizerPart.refusal("post_processor", "TemplateProcessing other than [CLS] $A [SEP]", path)
            }
            self.init(first: try id(first[0]), last: try id(last[0]), trimming: trimming)
        default:
            throw TokenizerPart.refusal("post_processor", part.type, path)
        }
    }

    /// A text as the model reads it.
    func framed(_ ids: ArraySlice<Int32>) -> [Int32] { [first] + ids + [last] }
}

extension TokenizerPart {
    /// What a RobertaProcessing or a ByteLevel among the post-processors does to places.
    fileprivate var placeTrimming: PlaceTrimming? {
        trimsOffsets ?? true ? PlaceTrimming(addsPrefixSpace: addsPrefixSpace ?? true) : nil
    }
}
