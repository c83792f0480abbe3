// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Foundation
import Kafka
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

@Suite struct EncoderPoolTests {
    /// Says of each sequence what it is told to, and counts the batches.
    private struct Fixed: BatchClassifier {
        let logits: [Float]
        let batches: EncodedBatches

        func appendRows(of batch: TokenBatch, to rows: inout [Float]) {
            batches.sizes.withLock { $0.append(batch.count) }
            for _ in 0..<batch.count { rows += logits + [1] }
        }
    }

    private final class EncodedBatches: Sendable {
        let sizes = Monitor<[Int]>([])
    }

    private func version(
        _ model: Model,
        _ logits: [Float],
        cacheBytes: Int = 0,
        _ batches: EncodedBatches = EncodedBatches()
    ) -> ModelVersion {
        ModelVersion(
            model: model,
            limit: TextLimit(maxTokens: 32, truncation: .head),
            merge: .mean,
            cacheBytes: cacheBytes
        ) {
            Fixed(logits: logits, batches: batches)
        }
    }

    private func pool(
        explaining explanations: Explanations = .off,
        as mode: OutputMode = .headers
    ) throws -> EncoderPool {
        try EncoderPool(
            batcher: Batcher(maxTokens: 1_000, maxTexts: 100, maxWait: .zero),
            explanations: explanations,
            output: Output(topic: "out", routes: .none, mode: mode, field: "", prefix: .none),
            deadLetter: DeadLetter(topic: "dead", group: "g"),
            metrics: WorkerMetrics(
                live: LiveModel(testVersion(), testSettings()),
                encoders: 1,
                health: Health()
            )
        )
    }

    private func item(_ text: String, _ version: ModelVersion, _ owner: TestOwner) throws -> InFlight {
        let item = InFlight(testRecord(text), generation: 1, arrived: .now, version: version, owner: owner)
        item.read(text, as: try version.encode([TextPart(pointer: nil, text: text)]))
        return item
    }

    /// Runs an encoder until all records have their results.
    ///
    /// - Parameter polls: handed over one after the other.
    private func encode(
        polls: [[InFlight]],
        _ owner: TestOwner,
        in pool: EncoderPool? = nil
    ) async throws -> [InFlight] {
        let pool = try pool ?? self.pool()
        for items in polls { pool.submit(items) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: try ThreadExecutor("test-encode")) {
                try pool.encode(as: 0)
            }
            let finished = owner.wait(for: polls.reduce(0) { $0 + $1.count })
            pool.close()
            try await group.waitForAll()
            return finished
        }
    }

    private func encode(
        _ items: [InFlight],
        _ owner: TestOwner,
        in pool: EncoderPool? = nil
    ) async throws -> [InFlight] {
        try await encode(polls: [items], owner, in: pool)
    }

    @Test(
        "Two versions of a model are there at once: each record is tagged by its own, and says so",
        .timeLimit(.minutes(5))
    )
    func twoVersions() async throws {
        let model = try testModel()
        let labels = model.architecture.labels
        var (low, high) = ([Float](repeating: 0, count: labels.count), [Float](repeating: 0, count: labels.count))
        (low[0], high[labels.count - 1]) = (9, 9)
        let (old, new) = (version(model, low), version(model, high))
        let owner = TestOwner()
        let items = try [old, old, new, old, new].map { try item("a text", $0, owner) }
        let finished = try await encode(items, owner)
        #expect(finished.count == 5)
        for item in items {
            let expected = item.version === old ? labels[0] : labels[labels.count - 1]
            #expect(item.result == .tagged(label: expected, decision: nil, isTruncated: false))
            #expect(item.messages.count == 1 && item.encoding == nil)
        }
    }

    @Test("A text that is being encoded, or that the model knows, is not encoded again", .timeLimit(.minutes(5)))
    func cached() async throws {
        let model = try testModel()
        let batches = EncodedBatches()
        let logits = [Float](repeating: 1, count: model.architecture.labels.count)
        let version = version(model, logits, cacheBytes: 1 << 20, batches)
        let owner = TestOwner()
        let items = try ["one", "two", "one", "one"].map { try item($0, version, owner) }
        _ = try await encode(items, owner)
        #expect(batches.sizes.withLock { $0.reduce(0, +) } == 2)
        #expect(items.allSatisfy { $0.result != nil })
        let later = TestOwner()
        let again = try await encode([try item("two", version, later)], later)
        #expect(again.count == 1 && batches.sizes.withLock { $0.reduce(0, +) } == 2)
    }

    @Test("Folded, texts that differ in case and white space alone are encoded once", .timeLimit(.minutes(5)))
    func folded() async throws {
        let model = try Model(directory: Self.cased(), kernels: .ofTests())
        let texts = ["Buy  NOW", "buy now", " Buy\tnow ", "buy it now"]
        for (key, count) in [(CacheKey.tokens, 4), (.folded, 2)] {
            let batches = EncodedBatches()
            let logits = [Float](repeating: 1, count: model.architecture.labels.count)
            let version = ModelVersion(
                model: model,
                limit: TextLimit(maxTokens: 32, truncation: .head),
                merge: .mean,
                cacheKey: key,
                cacheBytes: 1 << 20
            ) { Fixed(logits: logits, batches: batches) }
            let owner = TestOwner()
            let items = try texts.map { try item($0, version, owner) }
            _ = try await encode(items, owner)
            #expect(batches.sizes.withLock { $0.reduce(0, +) } == count)
            #expect(items.allSatisfy { $0.result != nil })
        }
    }

    /// The classifier of tests, made to tell cases apart.
    private static func cased() throws -> String {
        let copy = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.copyItem(atPath: goldenModelPath("bert-classifier"), toPath: copy.path)
        let config = #"{"tokenizer_class": "BertTokenizer", "do_lower_case": false}"#
        try Data(config.utf8).write(to: copy.appending(path: "tokenizer_config.json"))
        return copy.path
    }

    @Test("Scores that are not finite make a dead letter of their record, and of no other", .timeLimit(.minutes(5)))
    func notFinite() async throws {
        let model = try testModel()
        let bad = version(model, [Float](repeating: .nan, count: model.architecture.labels.count))
        let good = version(model, [Float](repeating: 1, count: model.architecture.labels.count))
        let owner = TestOwner()
        let items = [try item("a", bad, owner), try item("b", good, owner)]
        _ = try await encode(items, owner)
        #expect(items[0].result == .deadLetter(.inference) && items[0].messages.map(\.topic) == ["dead"])
        #expect(items[1].messages.map(\.topic) == ["out"])
    }

    /// Says of each sequence what the first of its own tokens is.
    private struct Echo: BatchClassifier {
        let labels: Int
        let batches: EncodedBatches

        func appendRows(of batch: TokenBatch, to rows: inout [Float]) {
            batches.sizes.withLock { $0.append(batch.count) }
            for index in 0..<batch.count {
                rows += (0..<labels).map { $0 == 0 ? Float(batch.ids[batch.starts[index] + 1]) / 1_000 : 0 } + [1]
            }
        }
    }

    @Test(
        "A long text's windows share batches with others, and make one result however they come",
        .timeLimit(.minutes(5)),
        arguments: WindowMerge.allCases.filter { $0 != .maxNegative }
    )
    func windows(merge: WindowMerge) async throws {
        let model = try testModel()
        let (labels, batches) = (model.architecture.labels.count, EncodedBatches())
        let version = ModelVersion(
            model: model,
            limit: TextLimit(maxTokens: 12, truncation: .windows, maxWindows: 9),
            merge: merge,
            cacheBytes: 1 << 20
        ) { Echo(labels: labels, batches: batches) }
        let owner = TestOwner()
        let long = (0..<300).map { "word\($0 % 7)" }.joined(separator: " ")
        let items = try (0..<40).map { try item($0 % 4 == 0 ? long : "text \($0)", version, owner) }
        let encoding = try version.encoding(of: long)
        #expect(encoding.sequences.count == 9 && encoding.windows.count == 9 && encoding.isTruncated)
        let classifier = Echo(labels: labels, batches: EncodedBatches())
        var rows: [Float] = []
        classifier.appendRows(of: TokenBatch(encoding.sequences), to: &rows)
        let expected = try version.predict(rows[...], of: encoding)
        _ = try await encode(items, owner)
        #expect(expected.windows.map(\.tokens) == Array(repeating: 12, count: 9))
        if merge == .last { #expect(expected.ranking == expected.windows[8].ranking) }
        for (index, item) in items.enumerated() {
            #expect(item.result != nil)
            if index % 4 == 0 {
                let score = item.messages[0].headers.first { $0.name == "sentiment.score" }
                #expect(score == Header("sentiment.score", expected.ranking[0].score))
            }
        }
        // Each window once, and each short text.
        #expect(batches.sizes.withLock { $0.reduce(0, +) } == 9 + 30)
    }

    @Test("The most negative window is the result where that is asked for")
    func mostNegative() throws {
        let model = try Model(directory: DefaultModel.directory(), kernels: .ofTests())
        let version = ModelVersion(
            model: model,
            limit: TextLimit(maxTokens: 8, truncation: .windows),
            merge: .maxNegative,
            cacheBytes: 0
        ) { () throws(FileError) in try Classifier(model: model) }
        let text = "thank you so much for that, this is awful and does not work at all, and the weather is mild today"
        let encoding = try version.encoding(of: text)
        let rows = try Classifier(model: model).rows(TokenBatch(encoding.sequences))
        let prediction = try version.predict(rows[...], of: encoding)
        let worst = prediction.windows.max { first, second in
            let scores = [first, second].map { $0.ranking.first { $0.label == "negative" }?.score ?? 0 }
            return scores[0] < scores[1]
        }
        #expect(prediction.windows.count > 1 && prediction.ranking == worst?.ranking)
        #expect(prediction.label == "negative")
    }

    @Test("Each of several texts is tagged as it would be alone, and all together by what merges windows")
    func parts() throws {
        let model = try Model(directory: DefaultModel.directory(), kernels: .ofTests())
        let version = ModelVersion(
            model: model,
            limit: TextLimit(maxTokens: 12, truncation: .windows),
            merge: .last,
            cacheBytes: 0
        ) { () throws(FileError) in try Classifier(model: model) }
        let classifier = try Classifier(model: model)
        let texts = [
            TextPart(pointer: "/a", text: "This is a horrible mess and nobody answers."),
            TextPart(pointer: "/b", text: (0..<30).map { "no. \($0)" }.joined(separator: " ")),
            TextPart(pointer: "/c", text: "Great, thank you so much! 😀"),
        ]
        let encoded = try version.encode(texts)
        let rows = classifier.rows(TokenBatch(encoded.encoding.sequences))
        let prediction = try version.predict(rows[...], of: encoded.encoding, parts: encoded.parts)
        let whole = texts.joinedText
        for (text, part) in zip(texts, prediction.parts) {
            let alone = try version.encode([text]).encoding
            let own = try version.predict(classifier.rows(TokenBatch(alone.sequences))[...], of: alone)
            #expect(part.ranking == own.ranking && part.pointer == text.pointer)
            let scalars = Array(whole.unicodeScalars)[part.place]
            #expect(String(String.UnicodeScalarView(scalars)) == text.text)
        }
        #expect(prediction.parts.map { $0.ranking[0].label }.first == "negative")
        #expect(prediction.ranking == prediction.parts[2].ranking && prediction.label == "positive")
        #expect(prediction.windows.count == encoded.encoding.sequences.count)
        #expect(prediction.windows.last?.place == prediction.parts[2].place)
    }

    // MARK: Explanations

    private struct Envelope: Decodable {
        struct Word: Decodable, Equatable {
            let word: String
            let start: Int
            let end: Int
            let weight: Float
        }
        let label: String
        let words: [Word]?
        let text: String
    }

    private func envelope(_ item: InFlight) throws -> Envelope {
        try JSONDecoder().decode(Envelope.self, from: Data(item.messages.first?.value ?? []))
    }

    private func builtIn(
        cacheBytes: Int = 0,
        _ sizes: EncodedBatches = EncodedBatches(),
        deciding decisions: Decisions = .none
    ) throws -> ModelVersion {
        let model = try Model(directory: DefaultModel.directory(), kernels: .ofTests())
        return ModelVersion(
            model: model,
            limit: TextLimit(maxTokens: 16, truncation: .windows),
            merge: .mean,
            cacheBytes: cacheBytes,
            explanationBytes: cacheBytes,
            decisions: decisions
        ) { () throws(FileError) in Counting(classifier: try Classifier(model: model), batches: sizes) }
    }

    private struct Counting: BatchClassifier {
        let classifier: Classifier
        let batches: EncodedBatches

        func appendRows(of batch: TokenBatch, to rows: inout [Float]) {
            batches.sizes.withLock { $0.append(batch.count) }
            classifier.appendRows(of: batch, to: &rows)
        }
    }

    @Test("A result names the words that weigh most, and what decided or not says of which", .timeLimit(.minutes(5)))
    func explained() async throws {
        let bands = try #require(ScoreBands("negative:0.5"))
        let decisions = Decisions(rules: [(.hold, bands)], tenant: nil, prefix: .none)
        let version = try builtIn(deciding: decisions)
        let texts = [
            "The update is horrible.", "The meeting is on Monday.",
            "Thank you so much for all of this, it works like a charm now, and everybody here is happy with it again.",
        ]
        for (predictions, named) in [(Explain.off, []), (.decided, [0]), (.all, [0, 1, 2])] {
            let owner = TestOwner()
            let items = try texts.map { try item($0, version, owner) }
            let explanations = Explanations(predictions: predictions, words: 2, maxWords: 64)
            let pool = try pool(explaining: explanations, as: .envelope)
            _ = try await encode(items, owner, in: pool)
            let envelopes = try items.map(envelope)
            #expect(envelopes.indices.filter { envelopes[$0].words != nil } == named)
            #expect(envelopes.map(\.label) == ["negative", "neutral", "positive"])
            for envelope in envelopes {
                guard let words = envelope.words else { continue }
                #expect(words.count == 2 && abs(words[0].weight) >= abs(words[1].weight))
                for word in words {
                    let scalars = Array(envelope.text.unicodeScalars)[word.start..<word.end]
                    #expect(String(String.UnicodeScalarView(scalars)) == word.word)
                }
            }
            if predictions == .decided {
                #expect(envelopes[0].words?.first?.word == "horrible.")
            }
        }
    }

    @Test("The same text is explained once, as long as it is remembered", .timeLimit(.minutes(5)))
    func explainedOnce() async throws {
        let sizes = EncodedBatches()
        let version = try builtIn(cacheBytes: 1 << 20, sizes)
        let explanations = Explanations(predictions: .all, words: 3, maxWords: 64)
        let text = "one two three four"
        var seen: [[Envelope.Word]?] = []
        for _ in 0..<2 {
            let owner = TestOwner()
            let items = try (0..<5).map { _ in try item(text, version, owner) }
            _ = try await encode(items, owner, in: pool(explaining: explanations, as: .envelope))
            seen += try items.map { try envelope($0).words }
        }
        #expect(sizes.sizes.withLock { $0.reduce(0, +) } == 1 + 4)
        #expect(seen.allSatisfy { $0 == seen[0] && $0?.count == 3 })
    }

    @Test("Each of several texts is explained where it stands", .timeLimit(.minutes(5)))
    func explainedParts() async throws {
        let version = try builtIn()
        let owner = TestOwner()
        let texts = ["It is fine.", "I hate it 😀, it is horrible."].map { TextPart(pointer: "/t", text: $0) }
        let item = InFlight(testRecord("{}"), generation: 1, arrived: .now, version: version, owner: owner)
        item.read(texts.joinedText, as: try version.encode(texts))
        let explanations = Explanations(predictions: .all, words: 100, maxWords: 64)
        _ = try await encode([item], owner, in: pool(explaining: explanations, as: .envelope))
        let words = try #require(try envelope(item).words)
        let inOrder = words.sorted { $0.start < $1.start }.map(\.word)
        #expect(inOrder == ["It", "is", "fine.", "I", "hate", "it", "😀,", "it", "is", "horrible."])
    }

    // MARK: Edits

    /// A version of a comment.
    private func edit(
        _ comment: String,
        _ text: String,
        _ version: ModelVersion,
        _ owner: TestOwner,
        partition: Int32 = 0
    ) throws -> InFlight {
        let record = testRecord(text, partition: partition)
        let item = InFlight(record, generation: 1, arrived: .now, version: version, owner: owner)
        item.read(text, as: try version.encode([TextPart(pointer: nil, text: text)]), comment: Array(comment.utf8))
        return item
    }

    @Test(
        "Of versions of a comment that wait in one partition the newest alone is encoded",
        .timeLimit(.minutes(5)),
        arguments: [0, 1 << 20]
    )
    func edits(cacheBytes: Int) async throws {
        let model = try testModel()
        let batches = EncodedBatches()
        let logits = [Float](repeating: 1, count: model.architecture.labels.count)
        let version = version(model, logits, cacheBytes: cacheBytes, batches)
        let owner = TestOwner()
        let polls = [
            [try edit("a", "first", version, owner), try edit("b", "other", version, owner)],
            [try edit("a", "second", version, owner), try edit("a", "third", version, owner)],
            [try edit("a", "fourth", version, owner, partition: 1), try item("fifth", version, owner)],
        ]
        _ = try await encode(polls: polls, owner)
        let isSkipped = polls.map { $0.map { $0.result == .skipped(.superseded) } }
        #expect(isSkipped == [[true, false], [true, false], [false, false]])
        #expect(
            polls.joined().allSatisfy {
                $0.result != nil && $0.messages.isEmpty == ($0.result == .skipped(.superseded))
            }
        )
        #expect(batches.sizes.withLock { $0.reduce(0, +) } == 4)
    }

    @Test(
        "An older version that others wait for is encoded for them, and is skipped all the same",
        .timeLimit(.minutes(5))
    )
    func editsAndCache() async throws {
        let model = try testModel()
        let batches = EncodedBatches()
        let logits = [Float](repeating: 1, count: model.architecture.labels.count)
        let version = version(model, logits, cacheBytes: 1 << 20, batches)
        let owner = TestOwner()
        // The old version of b waits for that of a, and both are superseded; c waits for it too, and is not.
        let polls = [
            [
                try edit("a", "same", version, owner), try edit("b", "same", version, owner),
                try item("same", version, owner),
            ],
            [try edit("a", "new", version, owner), try edit("b", "newer", version, owner)],
        ]
        _ = try await encode(polls: polls, owner)
        let isSkipped = polls.map { $0.map { $0.result == .skipped(.superseded) } }
        #expect(isSkipped == [[true, true, false], [false, false]])
        #expect(batches.sizes.withLock { $0.reduce(0, +) } == 3)
    }

    @Test(
        "All windows of an older version are left out, in whichever batches they would have been",
        .timeLimit(.minutes(5))
    )
    func editsInWindows() async throws {
        let model = try testModel()
        let (labels, batches) = (model.architecture.labels.count, EncodedBatches())
        let version = ModelVersion(
            model: model,
            limit: TextLimit(maxTokens: 200, truncation: .windows, maxWindows: 9),
            merge: .mean,
            cacheBytes: 0
        ) { Echo(labels: labels, batches: batches) }
        let owner = TestOwner()
        let long = (0..<900).map { "word\($0 % 7)" }.joined(separator: " ")
        let count = try version.encoding(of: long).sequences.count
        let polls = [[try edit("a", long, version, owner)], [try edit("a", long + " more", version, owner)]]
        _ = try await encode(polls: polls, owner)
        #expect(polls[0][0].result == .skipped(.superseded) && polls[1][0].messages.count == 1)
        #expect(count == 9 && batches.sizes.withLock { $0.reduce(0, +) } == 9)
    }
}
