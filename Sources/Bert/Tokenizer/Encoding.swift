// SPDX-License-Identifier: Apache-2.0

/// What happens to a text of more tokens than may be encoded at once.
public enum Truncation: String, Sendable, CaseIterable {
    /// Its beginning is kept.
    case head
    /// Its end is kept.
    case tail
    /// A quarter of the tokens comes from the beginning, the others from the end. Sun et al., "How to Fine-Tune BERT
    /// for Text Classification" (2019), found this the best of these for long reviews.
    case headTail = "head_tail"
    /// All of it is kept, in as many pieces as it takes.
    case windows
    /// The text is refused.
    case reject
}

/// One text as the model reads it.
public struct Encoding: Sendable, Equatable {
    /// Token ids, special tokens included; several where a long text is cut into windows.
    public let sequences: [[Int32]]
    /// Whether tokens of the text were left out.
    public let isTruncated: Bool

    /// The shortest limit that a text can be cut to: special tokens and room for one of its own.
    public static let leastTokens = PostProcessor.added + 1

    /// Tokens over all sequences.
    public var tokenCount: Int { sequences.reduce(0) { $0 + $1.count } }
}

extension Tokenizer {
    /// The longest sequence that a model reads, special tokens included: the model's positions, or less where
    /// `tokenizer_config.json` has a lower `model_max_length`.
    ///
    /// - Parameter positions: the model's `max_position_embeddings`; nil where it is not known.
    public func maxTokens(positions: Int?) -> Int { min(positions ?? .max, modelMaxLength ?? .max) }

    /// Tokenises a text and fits it to a length.
    ///
    /// - Parameters:
    ///   - maxTokens: the longest sequence, special tokens included; at least `Encoding.leastTokens`.
    ///   - truncation: what happens to a longer text.
    /// - Returns: nil if the text is longer and is to be rejected for that.
    public func encoding(of text: String, maxTokens: Int, truncation: Truncation) -> Encoding? {
        precondition(maxTokens >= Encoding.leastTokens, "a sequence has special tokens and room for one of its own")
        let room = maxTokens - PostProcessor.added
        let readsOn = truncation == .tail || truncation == .headTail || truncation == .windows
        var ids: [Int32] = []
        let isLonger = encode(text, limit: readsOn ? .max : room, into: &ids) || ids.count > room
        guard isLonger else { return Encoding(sequences: [postProcessor.framed(ids[...])], isTruncated: false) }
        switch truncation {
        case .head:
            return Encoding(sequences: [postProcessor.framed(ids.prefix(room))], isTruncated: true)
        case .tail:
            return Encoding(sequences: [postProcessor.framed(ids.suffix(room))], isTruncated: true)
        case .headTail:
            let head = room / 4
            return Encoding(
                sequences: [postProcessor.framed(ids.prefix(head) + ids.suffix(room - head))],
                isTruncated: true
            )
        case .windows:
            let windows = stride(from: 0, to: ids.count, by: room).map {
                postProcessor.framed(ids.dropFirst($0).prefix(room))
            }
            return Encoding(sequences: windows, isTruncated: false)
        case .reject:
            return nil
        }
    }
}
