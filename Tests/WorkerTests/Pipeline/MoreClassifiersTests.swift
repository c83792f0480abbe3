// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Foundation
import Kafka
import Logging
import Settings
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// Several classifiers on one record.
@Suite struct MoreClassifiersTests {
    /// Says of each sequence what a classifier says, or numbers that are none, and keeps the batches.
    private struct Kept: BatchClassifier {
        let batches: Monitor<[TokenBatch]>
        let classifier: Classifier?

        func appendRows(of batch: TokenBatch, to rows: inout [Float]) {
            batches.withLock { $0.append(batch) }
            guard let classifier else {
                rows += (0..<batch.count).flatMap { _ in [Float.nan, 0, 0, 1] }
                return
            }
            classifier.appendRows(of: batch, to: &rows)
        }
    }

    private static func model(_ name: String) throws -> Model {
        try Model(directory: goldenModelPath(name), kernels: .ofTests())
    }

    private let batches = (0..<4).map { _ in Monitor<[TokenBatch]>([]) }

    private func version(
        _ index: Int,
        _ name: String,
        isBroken: Bool = false,
        limit: TextLimit = TextLimit(maxTokens: 12, truncation: .windows),
        cacheBytes: Int = 0,
        explanationBytes: Int = 0,
        decisions: Decisions = .none,
        more: [MoreClassifier] = []
    ) throws -> ModelVersion {
        let (model, batches) = (try Self.model(name), batches[index])
        return ModelVersion(
            model: model,
            limit: limit,
            merge: .mean,
            cacheBytes: cacheBytes,
            explanationBytes: explanationBytes,
            decisions: decisions,
            more: more
        ) { () throws(FileError) in
            Kept(batches: batches, classifier: isBroken ? nil : try Classifier(model: model))
        }
    }

    /// `electra` reads as the main model, BERT, does, from a vocabulary in another directory; `roberta` does not.
    private func all(
        cacheBytes: Int = 0,
        decisions: Decisions = .none,
        breaking broken: Set<Int> = [],
        robertaLimit: TextLimit = TextLimit(maxTokens: 9, truncation: .windows)
    ) throws -> ModelVersion {
        let electra = try version(1, "electra-classifier", isBroken: broken.contains(1))
        let roberta = try version(2, "roberta-classifier", isBroken: broken.contains(2), limit: robertaLimit)
        return try version(
            0,
            "bert-classifier",
            cacheBytes: cacheBytes,
            explanationBytes: cacheBytes,
            decisions: decisions,
            more: [
                MoreClassifier(name: "electra", version: electra), MoreClassifier(name: "roberta", version: roberta),
            ]
        )
    }

    private func pool(
        _ version: ModelVersion,
        explaining explanations: Explanations = .off,
        routes: OutputRoutes = .none
    ) throws -> EncoderPool {
        try EncoderPool(
            batcher: Batcher(maxTokens: 1_000, maxTexts: 100, maxWait: .zero),
            explanations: explanations,
            output: Output(topic: "out", routes: routes, mode: .envelope, field: "", prefix: .none),
            deadLetter: DeadLetter(topic: "dead", group: "g"),
            metrics: WorkerMetrics(live: LiveModel(version, testSettings()), encoders: 1, health: Health())
        )
    }

    private func item(_ text: String, _ version: ModelVersion, _ owner: TestOwner) throws -> InFlight {
        let item = InFlight(testRecord(text), generation: 1, arrived: .now, version: version, owner: owner)
        let texts = [TextPart(pointer: nil, text: text)]
        item.read(text, as: try version.encode(texts), others: version.readMore(texts))
        return item
    }

    private func encode(_ texts: [String], _ version: ModelVersion, in pool: EncoderPool) async throws -> [InFlight] {
        let owner = TestOwner()
        let items = try texts.map { try item($0, version, owner) }
        pool.submit(items)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: try ThreadExecutor("test-encode")) {
                try pool.encode(as: 0)
            }
            _ = owner.wait(for: items.count)
            pool.close()
            try await group.waitForAll()
            return items
        }
    }

    private struct Envelope: Decodable {
        struct Score: Decodable, Equatable {
            let label: String
            let score: Float
        }
        struct Other: Decodable {
            struct Model: Decodable { let name: String }
            let label: String?
            let score: Float?
            let scores: [Score]
            let tokens: Int?
            let error: String?
            let reason: String?
            let model: Model
        }
        struct Word: Decodable { let word: String }
        let label: String
        let scores: [Score]
        let decision: String
        let words: [Word]?
        let more: [String: Other]
    }

    private func envelope(_ item: InFlight) throws -> Envelope {
        try JSONDecoder().decode(Envelope.self, from: Data(item.messages.first?.value ?? []))
    }

    /// What a model says of a text by itself.
    private func alone(_ name: String, _ text: String, _ limit: TextLimit) throws -> [Envelope.Score] {
        let version = try version(3, name, limit: limit)
        let encoding = try version.encoding(of: text)
        let rows = try Classifier(model: version.model).rows(TokenBatch(encoding.sequences))
        return try version.predict(rows[...], of: encoding).ranking.map {
            Envelope.Score(label: $0.label, score: $0.score)
        }
    }

    private static let texts = (0..<12).map { index in
        (0...(index * index)).map { "word\($0 % 7) good" }.joined(separator: " ")
    }

    @Test(
        "Each classifier says of a text what it says of it alone, to the bit, however many windows it reads it in",
        .timeLimit(.minutes(5))
    )
    func sameBits() async throws {
        let version = try all()
        #expect(version.readings.map(\.classifiers) == [[0, 1], [2]])
        let items = try await encode(Self.texts, version, in: pool(version))
        for (text, item) in zip(Self.texts, items) {
            let envelope = try envelope(item)
            let limit = TextLimit(maxTokens: 12, truncation: .windows)
            #expect(envelope.scores == (try alone("bert-classifier", text, limit)))
            #expect(envelope.more["electra"]?.scores == (try alone("electra-classifier", text, limit)))
            let other = TextLimit(maxTokens: 9, truncation: .windows)
            let roberta = try #require(envelope.more["roberta"])
            #expect(roberta.scores == (try alone("roberta-classifier", text, other)))
            #expect(roberta.label == roberta.scores[0].label && roberta.score == roberta.scores[0].score)
            #expect(roberta.model.name == "roberta-classifier" && (roberta.tokens ?? 0) > 0)
        }
    }

    @Test("Classifiers that read alike get the same batches of ids, and others their own", .timeLimit(.minutes(5)))
    func sharedIDs() async throws {
        let version = try all()
        _ = try await encode(Self.texts, version, in: pool(version))
        let (main, electra, roberta) = (
            batches[0].withLock { $0 }, batches[1].withLock { $0 }, batches[2].withLock { $0 }
        )
        #expect(main == electra && !main.isEmpty && !roberta.isEmpty && roberta != main)
    }

    @Test("A text that is known, or being encoded, is encoded by none of them again", .timeLimit(.minutes(5)))
    func cached() async throws {
        let version = try all(cacheBytes: 1 << 20)
        let items = try await encode(["one", "two", "one", "one"], version, in: pool(version))
        for batches in batches[0...2] { #expect(batches.withLock { $0.reduce(0) { $0 + $1.count } } == 2) }
        let again = try await encode(["two", "one"], version, in: pool(version))
        for batches in batches[0...2] { #expect(batches.withLock { $0.reduce(0) { $0 + $1.count } } == 2) }
        let (first, later) = (try envelope(items[0]), try envelope(again[1]))
        for name in ["electra", "roberta"] { #expect(first.more[name]?.scores == later.more[name]?.scores) }
        // Of two texts that are one to the main model, and two to another, each has its own result.
        let accents = try await encode(["good", "GOOD"], version, in: pool(version))
        let (low, high) = (try envelope(accents[0]), try envelope(accents[1]))
        #expect(low.scores == high.scores && low.more["roberta"]?.scores != high.more["roberta"]?.scores)
    }

    @Test("One that fails says so, is counted, and takes no other result with it", .timeLimit(.minutes(5)))
    func failing() async throws {
        let version = try all(
            breaking: [1],
            robertaLimit: TextLimit(maxTokens: 8, truncation: .reject)
        )
        let pool = try pool(version)
        let items = try await encode(["good", Self.texts[5]], version, in: pool)
        let (short, long) = (try envelope(items[0]), try envelope(items[1]))
        #expect(short.more["electra"]?.error == "inference" && short.more["electra"]?.label == nil)
        #expect(short.more["electra"]?.scores == [] && short.label != "")
        #expect(short.more["roberta"]?.error == nil && short.more["roberta"]?.label != nil)
        #expect(long.more["roberta"]?.error == "too_long" && long.scores.count == 3)
        let text = pool.metrics.text()
        #expect(text.contains(#"cloud4bert_more_failed_total{classifier="electra",reason="inference"} 2"#))
        #expect(text.contains(#"cloud4bert_more_failed_total{classifier="roberta",reason="too_long"} 1"#))
        #expect(
            text.contains(
                #"cloud4bert_more_classified_total{classifier="roberta",label="\#(short.more["roberta"]?.label ?? "")"} 1"#
            )
        )
        #expect(text.contains(#"cloud4bert_more_model_info{classifier="electra",model="electra-classifier",sha256=""#))
    }

    @Test("Where the main one fails, the record is a dead letter", .timeLimit(.minutes(5)))
    func mainFails() async throws {
        let more = [MoreClassifier(name: "electra", version: try version(1, "electra-classifier"))]
        let version = try version(0, "bert-classifier", isBroken: true, more: more)
        let items = try await encode(["good"], version, in: pool(version))
        #expect(items[0].result == .deadLetter(.inference))
    }

    @Test("A vocabulary that does not cover a text is no matter to the others", .timeLimit(.minutes(5)))
    func uncovered() async throws {
        let version = try all()
        let owner = TestOwner()
        let item = InFlight(testRecord("x"), generation: 1, arrived: .now, version: version, owner: owner)
        item.read("x", as: try version.encode([TextPart(pointer: nil, text: "x")]), others: [.unscored])
        let pool = try pool(version)
        pool.submit([item])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: try ThreadExecutor("test-encode")) {
                try pool.encode(as: 0)
            }
            _ = owner.wait(for: 1)
            pool.close()
            try await group.waitForAll()
        }
        let envelope = try envelope(item)
        #expect(envelope.more["roberta"]?.reason == "vocabulary" && envelope.more["roberta"]?.label == nil)
        #expect(envelope.more["electra"]?.label != nil)
        #expect(pool.metrics.text().contains(#"more_failed_total{classifier="roberta",reason="vocabulary"} 1"#))
    }

    @Test("Words are weighed by the main one alone, beside what the others say", .timeLimit(.minutes(5)))
    func explained() async throws {
        let version = try all(cacheBytes: 1 << 20)
        let explanations = Explanations(predictions: .all, words: 3, maxWords: 8)
        let items = try await encode(["good word1 bad word2"], version, in: pool(version, explaining: explanations))
        let envelope = try envelope(items[0])
        #expect(envelope.words?.count == 3 && envelope.more["roberta"]?.label != nil)
        let counts = batches[0...2].map { $0.withLock { $0.reduce(0) { $0 + $1.count } } }
        #expect(counts[0] > 3 && counts[1] == 1 && counts[2] >= 1)
    }

    @Test("Thresholds and routes go by any of them", .timeLimit(.minutes(5)))
    func decided() async throws {
        let best = try #require(
            try alone("electra-classifier", "good", TextLimit(maxTokens: 12, truncation: .windows)).first
        )
        let routes = try #require(OutputRoutes("electra.\(best.label):elsewhere,hold:held"))
        for (band, decision) in [
            ("electra.\(best.label):\(best.score)", "hold"), ("electra.*:\(best.score)", "hold"),
            ("electra.\(best.label):0-\(best.score)", "pass"), ("other.\(best.label):0", "pass"),
        ] {
            let bands = try #require(ScoreBands(band))
            let decisions = Decisions(rules: [(.hold, bands)], tenant: nil, prefix: .none)
            let version = try all(decisions: decisions)
            let pool = try pool(version, routes: routes)
            let item = try await encode(["good"], version, in: pool)[0]
            #expect(try envelope(item).decision == decision, "\(band)")
            #expect(item.messages.map(\.topic) == (decision == "hold" ? ["elsewhere", "held"] : ["elsewhere"]))
        }
    }

    // MARK: Settings

    private func settings(_ flags: [String: String] = [:]) throws -> Settings {
        let more = "toxicity:\(goldenModelPath("electra-classifier")),emotion:\(goldenModelPath("roberta-classifier"))"
        return try testSettings(["model.more": more].merging(flags) { $1 })
    }

    @Test("The models that the settings name are loaded, and read alike where their tokenizers are the same")
    func loaded() throws {
        let (model, settings) = (try testModel(), try settings(["text.max.tokens": "32"]))
        let more = try settings.moreModels(beside: model)
        try settings.checkLabels(of: model, more: more)
        let version = try ModelVersion(settings: settings, model: model, more: more) { () throws(FileError) in
            try Classifier(model: model)
        }
        #expect(version.more.map(\.name) == ["toxicity", "emotion"])
        #expect(version.readings.map(\.classifiers) == [[0, 1], [2]])
    }

    @Test(
        "Labels that no classifier has are refused, with what may have been meant",
        arguments: [
            (
                ["decision.flag": "toxicity.negativ:0.8"],
                "decision.flag: model.more's 'toxicity' has no label 'toxicity.negativ'; it has toxicity.negative, "
                    + "toxicity.neutral, toxicity.positive; did you mean 'toxicity.negative'?"
            ),
            (
                ["output.routes": "emotion.neutrl:a"],
                "output.routes: model.more's 'emotion' has no label 'emotion.neutrl'; it has emotion.negative, "
                    + "emotion.neutral, emotion.positive; did you mean 'emotion.neutral'?"
            ),
            (
                ["decision.hold": "negativ:0.8"],
                "decision.hold: the model has no label 'negativ'; it has negative, neutral, positive; did you mean "
                    + "'negative'?"
            ),
            (
                ["model.labels.thresholds": "toxicity.negative:0.8"],
                "model.labels.thresholds: is for models of which several labels may hold, and 'toxicity' of model.more "
                    + "is none of them"
            ),
        ]
    )
    func unknownLabels(flags: [String: String], problem: String) throws {
        let (model, settings) = (try testModel(), try settings(flags))
        let more = try settings.moreModels(beside: model)
        let error = #expect(throws: SettingsError.self) { try settings.checkLabels(of: model, more: more) }
        #expect(error?.problems == [problem])
        #expect(settings.modelProblems().contains(problem))
    }

    @Test("A name that is a label of the main model is refused, and so is a directory that holds no classifier")
    func clash() throws {
        let model = try testModel()
        let clash = try testSettings(["model.more": "neutral:\(goldenModelPath("electra-classifier"))"])
        let error = #expect(throws: SettingsError.self) {
            try clash.checkLabels(of: model, more: clash.moreModels(beside: model))
        }
        #expect(error?.problems.first?.hasPrefix("model.more: 'neutral' cannot be told from") == true)
        let bare = try testSettings(["model.more": "mood:\(goldenModelPath("electra-model"))"])
        let failure = #expect(throws: FileError.self) { try bare.moreModels(beside: model) }
        #expect(failure?.description.contains("model.more names it, as 'mood'") == true)
        #expect(bare.modelProblems().contains { $0.hasPrefix("model.more: 'mood': ") })
        let missing = try testSettings(["model.more": "mood:/no/such/model"])
        #expect(missing.modelProblems().contains { $0.contains("'mood'") && $0.contains("/no/such/model") })
        #expect(throws: WorkerError.self) { try Worker(settings: missing, model: model, log: Log(settings: missing)) }
    }
}
