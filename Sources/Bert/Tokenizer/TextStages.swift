// SPDX-License-Identifier: Apache-2.0
internal import Files

/// Takes a text from the stages before a subword model: normalised scalars, and added tokens between them.
protocol TokenSink: ScalarSink {
    /// Whether something came in that the limit leaves no room for: no more needs to come.
    var isFull: Bool { get }

    /// Ends the word that has gathered, if any.
    mutating func endWord()

    /// Ends the word and takes an id that stands for itself.
    mutating func append(token id: Int32)

    /// Places are those of a normalised text from now on, whose bytes come from here; nil for those of the text itself.
    mutating func translate(_ places: [Range<Int>]?)
}

extension TokenSink {
    /// The count of ids that are not to be passed, where `limit` may be appended to those that are there.
    static func end(of ids: [Int32], limit: Int) -> Int {
        let (end, overflow) = ids.count.addingReportingOverflow(max(0, limit))
        return overflow ? .max : end
    }
}

/// The stages of a tokenizer before its subword model: added tokens are cut out, the rest is normalised.
struct TextStages: Sendable, Equatable {
    private let normaliser: Normaliser
    /// What looks at whole stretches in its place, in front of models that have it done; most have none.
    private let stretches: StretchNormaliser?
    /// Looked for in the text as it comes.
    private let rawTokens: AddedTokens
    /// Looked for in the normalised text; few tokenizers have any.
    private let normalisedTokens: AddedTokens
    /// For text that is normalised already.
    private static let asIs = Normaliser(Normaliser.Options())
    /// How far the search for added tokens runs ahead of the words, in bytes.
    private let window: Int

    init(_ description: TokenizerDescription, _ normaliser: Normaliser, window: Int) throws(FileError) {
        self.normaliser = normaliser
        self.window = window
        stretches = description.stretches
        rawTokens = try Self.patterns(description, normalised: false) { Array($0.content.utf8) }
        normalisedTokens = try Self.patterns(description, normalised: true) { token in
            var content = token.content
            return content.withUTF8 { Self.normalised($0, description.stretches, normaliser) }
        }
    }

    private static func patterns(
        _ description: TokenizerDescription,
        normalised: Bool,
        _ pattern: (AddedToken) -> [UInt8]
    ) throws(FileError) -> AddedTokens {
        // By their ids, wherever in the files they stand.
        let tokens = description.added.filter { $0.normalised == normalised }.sorted { $0.id < $1.id }
        var patterns = PieceList()
        for token in tokens { patterns.append(pattern(token)) }
        if let empty = tokens.indices.first(where: { patterns.count($0) == 0 }) {
            throw FileError(
                .invalid,
                path: description.path,
                "the added token \"\(tokens[empty].content.clippedForMessage)\" is empty once normalised"
            )
        }
        do {
            return try AddedTokens(tokens, patterns: patterns, passingOverSpecial: description.splitsSpecialTokens)
        } catch {
            let names =
                "\"\(tokens[error.first].content.clippedForMessage)\" and \"\(tokens[error.second].content.clippedForMessage)\""
            throw FileError(.invalid, path: description.path, "the added tokens \(names) look the same in a text")
        }
    }

    /// A text without added tokens as the subword model gets it.
    func normalised(_ text: String) -> String {
        var text = text
        return String(decoding: text.withUTF8 { Self.normalised($0, stretches, normaliser) }, as: UTF8.self)
    }

    private static func normalised(
        _ text: UnsafeBufferPointer<UInt8>,
        _ stretches: StretchNormaliser?,
        _ normaliser: Normaliser
    ) -> [UInt8] {
        guard let stretches else { return normaliser.normalise(text) }
        var stretch = StretchText(text, from: nil)
        stretches.normalise(&stretch)
        return stretch.bytes
    }

    /// Hands a text on, up to its end or until the sink is full.
    @inline(__always)
    func feed<Sink: TokenSink>(_ utf8: UnsafeBufferPointer<UInt8>, to sink: inout Sink) {
        if normalisedTokens.isEmpty, stretches?.leaves(utf8) ?? true {
            feed(utf8, tokens: rawTokens, normaliser, to: &sink)
            return
        }
        // What looks at whole stretches does, and an added token may lie across any cut of the normalised text, so that a stretch is normalised as a whole.
        var cuts = TextCuts(utf8, tokens: rawTokens, window: .max)
        while !sink.isFull, let cut = cuts.next() {
            switch cut {
            case .token(let id, let range):
                sink.place(range)
                sink.append(token: id)
            case .text(let range):
                let stretch = UnsafeBufferPointer(rebasing: utf8[range])
                if let stretches {
                    var text = StretchText(stretch, from: Sink.wantsPlaces ? range.lowerBound : nil)
                    stretches.normalise(&text)
                    if Sink.wantsPlaces { sink.translate(text.places) }
                    text.bytes.withUnsafeBufferPointer { feed($0, tokens: normalisedTokens, Self.asIs, to: &sink) }
                    if Sink.wantsPlaces { sink.translate(nil) }
                    continue
                }
                guard Sink.wantsPlaces else {
                    let bytes = normaliser.normalise(stretch)
                    bytes.withUnsafeBufferPointer { feed($0, tokens: normalisedTokens, Self.asIs, to: &sink) }
                    continue
                }
                var placed = PlacedByteSink()
                normaliser.normalise(stretch, at: range.lowerBound, into: &placed)
                sink.translate(placed.places)
                placed.text.bytes.withUnsafeBufferPointer {
                    feed($0, tokens: normalisedTokens, Self.asIs, to: &sink)
                }
                sink.translate(nil)
            }
        }
    }

    private func feed(
        _ text: UnsafeBufferPointer<UInt8>,
        tokens: AddedTokens,
        _ normaliser: Normaliser,
        to sink: inout some TokenSink
    ) {
        var marks = Normaliser.Marks()
        var cuts = TextCuts(text, tokens: tokens, window: window)
        while !sink.isFull, let cut = cuts.next() {
            switch cut {
            case .token(let id, let range):
                normaliser.finish(marks: &marks, into: &sink)
                sink.place(range)
                sink.append(token: id)
            case .text(let range):
                normaliser.normalise(
                    UnsafeBufferPointer(rebasing: text[range]),
                    at: range.lowerBound,
                    marks: &marks,
                    into: &sink
                )
            }
        }
        normaliser.finish(marks: &marks, into: &sink)
        sink.endWord()
    }
}
