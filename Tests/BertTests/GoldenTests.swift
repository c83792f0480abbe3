// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Bert

/// Outputs of `transformers` for small random checkpoints; `Golden/README.md` says how they were made.
@Suite struct GoldenTests {
    private static let tolerance: Float = 1e-4

    private struct Expected: Decodable {
        let text: String
        let input_ids: [Int32]
        let hidden_mean_per_layer: [[Float]]
        let cls_per_layer: [[Float]]
        let logits: [Float]?
        let scores: [Float]?
        let logits_first_three_positions_top5: [[[Double]]]?
        let logsumexp_per_position: [Double]?
    }

    private static func load(_ directory: String, _ kernels: Kernels) throws -> (Model, [Expected]) {
        let path = goldenPath(directory)
        let data = try Data(contentsOf: URL(filePath: path + "/expected.json"))
        return (try Model(directory: path, kernels: kernels), try JSONDecoder().decode([Expected].self, from: data))
    }

    @Test("Texts give the ids that transformers gives", arguments: directories)
    func ids(directory: String) throws {
        let (model, cases) = try Self.load(directory, Kernels.ofTests())
        for expected in cases {
            let encoding = model.tokenizer.encoding(
                of: expected.text,
                within: TextLimit(maxTokens: model.maxTokens, truncation: .head)
            )
            #expect(encoding?.sequences == [expected.input_ids])
        }
    }

    @Test("Hidden states of every layer are those of transformers", arguments: directories, Kernels.supported)
    func hiddenStates(directory: String, instructionSet: String) throws {
        let (model, cases) = try Self.load(directory, Kernels(instructionSet: instructionSet))
        let extractor = FeatureExtractor(model: model)
        for expected in cases {
            for (layer, mean) in expected.hidden_mean_per_layer.enumerated() {
                let features = extractor.features(expected.input_ids, layers: layer)
                expectClose(extractor.pool(features, by: .mean), mean)
                expectClose(extractor.pool(features, by: .cls), expected.cls_per_layer[layer])
            }
        }
    }

    @Test(
        "Classifiers give the logits and scores of transformers",
        arguments: withClassifier,
        Kernels.supported
    )
    func classifiers(directory: String, instructionSet: String) throws {
        let (model, cases) = try Self.load(directory, Kernels(instructionSet: instructionSet))
        let logits = try Classifier(model: model).logits(TokenBatch(cases.map(\.input_ids)))
        let labels = model.architecture.labels.count
        for (index, expected) in cases.enumerated() {
            let own = Array(logits[index * labels..<(index + 1) * labels])
            expectClose(own, try #require(expected.logits))
            expectClose(model.scoreFunction(own), try #require(expected.scores))
        }
    }

    @Test(
        "Masked-LM heads give the logits of transformers",
        arguments: withMaskedLM,
        Kernels.supported
    )
    func maskedLM(directory: String, instructionSet: String) throws {
        let (model, cases) = try Self.load(directory, Kernels(instructionSet: instructionSet))
        let maskedModel = try MaskedLanguageModel(model: model)
        for expected in cases {
            let logits = maskedModel.logits(expected.input_ids, at: Array(expected.input_ids.indices))
            for (own, best) in zip(logits, try #require(expected.logits_first_three_positions_top5)) {
                expectClose(best.map { own[Int($0[0])] }, best.map { Float($0[1]) })
                let ranked = own.indices.sorted { own[$0] > own[$1] }.prefix(best.count)
                #expect(Array(ranked) == best.map { Int($0[0]) })
            }
            let sums = logits.map { row in log(row.reduce(0.0) { $0 + exp(Double($1)) }) }
            expectClose(sums.map(Float.init), try #require(expected.logsumexp_per_position).map(Float.init))
        }
    }

    @Test("pytorch_model.bin and model.safetensors give the same bits")
    func torchCheckpoint() throws {
        let original = URL(filePath: goldenPath("distilbert-classifier"))
        let copy = FileManager.default.temporaryDirectory.appending(path: "cloud4bert-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: original, to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.removeItem(at: copy.appending(path: "model.safetensors"))
        let (model, cases) = try Self.load("distilbert-classifier", Kernels.ofTests())
        let batch = TokenBatch(cases.map(\.input_ids))
        let other = try Classifier(model: Model(directory: copy.path, kernels: .ofTests()))
        #expect(try Classifier(model: model).logits(batch) == other.logits(batch))
    }

    private func expectClose(
        _ values: [Float],
        _ expected: [Float],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(values.count == expected.count, sourceLocation: sourceLocation)
        let worst = zip(values, expected).map { abs($0 - $1) }.max() ?? 0
        // A NaN is not close either.
        #expect(worst <= Self.tolerance && values.allSatisfy(\.isFinite), sourceLocation: sourceLocation)
    }
}

/// Families of which there are reference outputs.
private let families: [String] = [
    "bert", "distilbert", "mpnet", "roberta", "xlm-roberta", "camembert", "electra", "albert", "deberta", "modernbert",
]
private let withClassifier: [String] = families.map { $0 + "-classifier" }
private let withMaskedLM: [String] = families.map { $0 + "-masked-lm" }
private let directories: [String] =
    withClassifier + withMaskedLM + families.dropFirst(2).map { $0 + "-model" }

/// Path of a directory of reference outputs.
func goldenPath(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)").path
}
