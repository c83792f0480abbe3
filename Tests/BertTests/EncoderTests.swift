// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Bert

@Suite struct EncoderTests {
    /// Texts of 3 to 64 tokens, the same ones each time.
    private static func texts(_ count: Int, vocabulary: Int) -> [[Int32]] {
        var generator = SplitMix(state: 42)
        return (0..<count).map { _ in
            let length = Int.random(in: 3...64, using: &generator)
            return [2] + (2..<length).map { _ in Int32.random(in: 5..<Int32(vocabulary), using: &generator) } + [3]
        }
    }

    @Test(
        "A text alone and in any batch has the same logits, to the bit",
        arguments: [
            "bert-classifier", "distilbert-classifier", "mpnet-classifier", "electra-classifier", "albert-classifier",
        ].flatMap { model in
            Precision.allCases.map { (model, $0) }
        },
        Kernels.supported
    )
    func batches(model: (directory: String, precision: Precision), instructionSet: String) throws {
        let model = try Model(
            directory: goldenPath(model.directory),
            kernels: Kernels(instructionSet: instructionSet),
            precision: model.precision
        )
        let classifier = try Classifier(model: model)
        let texts = Self.texts(120, vocabulary: model.architecture.vocabularySize - 1)
        let alone = texts.flatMap { classifier.logits(TokenBatch([$0])) }
        for size in [2, 3, 7, 120] {
            let batched = stride(from: 0, to: texts.count, by: size).flatMap { start in
                classifier.logits(TokenBatch(texts[start..<min(start + size, texts.count)]))
            }
            #expect(batched == alone, "in batches of \(size)")
        }
        let backwards = classifier.logits(TokenBatch(texts.reversed()))
        let labels = model.architecture.labels.count
        let turned = (0..<texts.count).reversed().flatMap { backwards[$0 * labels..<($0 + 1) * labels] }
        #expect(turned == alone)
    }

    @Test(
        "One, two and four threads give the same bits",
        arguments: [1, 2, 4],
        ["bert-classifier", "electra-classifier", "albert-classifier"].flatMap { model in
            Precision.allCases.map { (model, $0) }
        }
    )
    func threads(count: Int, model: (directory: String, precision: Precision)) async throws {
        let model = try Model(
            directory: goldenPath(model.directory),
            kernels: .ofTests(),
            precision: model.precision
        )
        let texts = Self.texts(60, vocabulary: model.architecture.vocabularySize - 1)
        let expected = try Classifier(model: model).logits(TokenBatch(texts))
        let slices = try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
            for thread in 0..<count {
                let own = stride(from: thread, to: texts.count, by: count).map { texts[$0] }
                group.addTask { (thread, try Classifier(model: model).logits(TokenBatch(own))) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        let labels = model.architecture.labels.count
        for (index, row) in stride(from: 0, to: expected.count, by: labels).enumerated() {
            let place = index / count * labels
            #expect(slices[index % count]?[place..<place + labels] == expected[row..<row + labels])
        }
    }

    @Test(
        "A classifier's first tokens are those of the whole encoder",
        arguments: ["bert-classifier", "mpnet-classifier", "electra-classifier", "albert-classifier"],
        Kernels.supported
    )
    func firstTokens(directory: String, instructionSet: String) throws {
        let model = try Model(
            directory: goldenPath(directory),
            kernels: Kernels(instructionSet: instructionSet)
        )
        let encoder = Encoder(model: model)
        let batch = TokenBatch(Self.texts(70, vocabulary: model.architecture.vocabularySize - 1))
        var (whole, first): ([Float], [Float]) = ([], [])
        encoder.encode(batch) { states in
            for text in states.texts {
                let row = states.rows + states.row(of: text) * states.width
                whole += UnsafeBufferPointer(start: row, count: states.width)
            }
        }
        encoder.encodeFirst(batch) { texts, rows in
            first += UnsafeBufferPointer(start: rows, count: texts * model.architecture.width)
        }
        #expect(first == whole)
    }

    @Test("An empty batch has no logits")
    func emptyBatch() throws {
        let model = try Model(directory: goldenPath("bert-classifier"), kernels: .ofTests())
        #expect(try Classifier(model: model).logits(TokenBatch()).isEmpty)
    }

    @Test("A batch of more tokens than fit at once goes through in pieces", arguments: Precision.allCases)
    func largeBatch(precision: Precision) throws {
        let model = try Model(directory: goldenPath("bert-classifier"), kernels: .ofTests(), precision: precision)
        let classifier = try Classifier(model: model)
        let text = Self.texts(1, vocabulary: 900)[0]
        let once = classifier.logits(TokenBatch([text]))
        let many = classifier.logits(TokenBatch(Array(repeating: text, count: 300)))
        #expect(many == Array(repeating: once, count: 300).flatMap(\.self))
    }
}
