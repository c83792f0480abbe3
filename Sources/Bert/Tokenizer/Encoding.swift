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

/// How much of a text a model reads.
public struct TextLimit: Sendable, Equatable {
    /// The longest sequence, special tokens included; at least `Encoding.leastTokens`.
    public var maxTokens: Int
    /// What happens to a longer text.
    public var truncation: Truncation
    /// Tokens that a window has in common with the one before it; fewer than a sequence has of its text.
    public var stride: Int
    /// Windows of one text; what is behind them is left out.
    public var maxWindows: Int

    /// Creates a limit.
    public init(maxTokens: Int, truncation: Truncation, stride: Int = 0, maxWindows: Int = .max) {
        precondition(maxTokens >= Encoding.leastTokens, "a sequence has special tokens and room for one of its own")
        precondition(stride >= 0 && stride <= maxTokens - Encoding.leastTokens, "a window goes on by a token at least")
        precondition(maxWindows > 0, "a text has a window at least")
        self.maxTokens = maxTokens
        self.truncation = truncation
        self.stride = stride
        self.maxWindows = maxWindows
    }

    /// Tokens of a sequence that are the text's.
    fileprivate var room: Int { maxTokens - PostProcessor.added }

    /// Tokens of the text that have to be looked at, one more told apart by the tokenizer.
    fileprivate var tokens: Int {
        switch truncation {
        case .head, .reject: return room
        case .tail, .headTail: return .max
        case .windows:
            let (more, overflow) = (maxWindows - 1).multipliedReportingOverflow(by: room - stride)
            let (all, isOver) = more.addingReportingOverflow(room)
            return overflow || isOver ? .max : all
        }
    }

    /// The stretches of so many tokens that each sequence has.
    fileprivate func stretches(of count: Int) -> [[Range<Int>]] {
        guard count > room else { return [[0..<count]] }
        switch truncation {
        case .head, .reject: return [[0..<room]]
        case .tail: return [[count - room..<count]]
        case .headTail:
            let head = room / 4
            return [[0..<head, count - (room - head)..<count]]
        case .windows:
            let last = (count - room + room - stride - 1) / (room - stride)
            return (0...min(last, maxWindows - 1)).map { window in
                let start = window * (room - stride)
                return [start..<min(start + room, count)]
            }
        }
    }
}

/// One text as the model reads it.
public struct Encoding: Sendable, Equatable {
    /// Token ids, special tokens included; several where a long text is cut into windows.
    public let sequences: [[Int32]]
    /// Whether tokens of the text were left out.
    public let isTruncated: Bool
    /// Where in the text each of several windows stands, in Unicode scalars; none where there is one sequence.
    public let windows: [Range<Int>]

    /// Creates an encoding of sequences that have their special tokens.
    public init(sequences: [[Int32]], isTruncated: Bool, windows: [Range<Int>] = []) {
        self.sequences = sequences
        self.isTruncated = isTruncated
        self.windows = windows
    }

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
    /// - Returns: nil if the text is longer and is to be rejected for that.
    public func encoding(of text: String, within limit: TextLimit) -> Encoding? {
        var ids: [Int32] = []
        let isCut = encode(text, limit: limit.tokens, into: &ids)
        let stretches = limit.stretches(of: ids.count)
        // Only the few texts that are so long have their places looked up.
        guard stretches.count > 1 else { return encoding(of: ids, stretches, isCut: isCut, limit) }
        let places = encodeWithPlaces(text, limit: limit.tokens).tokens.places
        let windows = stretches.map { places[$0[0].lowerBound].lowerBound..<places[$0[0].upperBound - 1].upperBound }
        return encoding(of: ids, stretches, isCut: isCut, limit, windows: text.scalarRanges(windows))
    }

    /// The same, and where in the text each token of each sequence stands, in Unicode scalars; nil for special tokens.
    public func encodingWithPlaces(
        of text: String,
        within limit: TextLimit
    ) -> (encoding: Encoding, places: [[Range<Int>?]])? {
        let (tokens, isCut) = encodeWithPlaces(text, limit: limit.tokens)
        let stretches = limit.stretches(of: tokens.ids.count)
        guard let encoding = encoding(of: tokens.ids, stretches, isCut: isCut, limit) else { return nil }
        let places = text.scalarRanges(tokens.places)
        return (encoding, stretches.map { [nil] + $0.flatMap { places[$0] } + [nil] })
    }

    private func encoding(
        of ids: [Int32],
        _ stretches: [[Range<Int>]],
        isCut: Bool,
        _ limit: TextLimit,
        windows: [Range<Int>] = []
    ) -> Encoding? {
        // What is kept ends where the text does, unless its end is cut off; only without it are there gaps.
        let isTruncated = isCut || ids.count > limit.maxTokens - PostProcessor.added && limit.truncation != .windows
        if isTruncated, limit.truncation == .reject { return nil }
        let sequences = stretches.map { postProcessor.framed(ArraySlice($0.flatMap { ids[$0] })) }
        return Encoding(sequences: sequences, isTruncated: isTruncated, windows: windows)
    }
}

extension String {
    /// Ranges of UTF-8 as ranges of Unicode scalars, in which Python and Hugging Face count.
    fileprivate func scalarRanges(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var text = self
        return text.withUTF8 { utf8 in
            // How many scalars begin before each byte that is asked for, in one pass over the text.
            let ends = Set(ranges.flatMap { [$0.lowerBound, $0.upperBound] }).sorted()
            var counts: [Int: Int] = [:]
            var (at, scalars) = (0, 0)
            for end in ends {
                while at < end {
                    if utf8[at] & 0xC0 != 0x80 { scalars += 1 }
                    at += 1
                }
                counts[end] = scalars
            }
            return ranges.map { (counts[$0.lowerBound] ?? 0)..<(counts[$0.upperBound] ?? 0) }
        }
    }
}
