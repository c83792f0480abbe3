// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing
import Training

@testable import Bert

/// What computing in bytes costs, against f32.
@Suite struct PrecisionTests {
    /// Measured: a 23rd and a 38th. Small random models are coarser than trained ones.
    @Test(
        "The logits of small random models are those of f32 within a fifteenth of their spread",
        arguments: [
            "bert-classifier", "distilbert-classifier", "mpnet-classifier", "electra-classifier", "albert-classifier",
            "deberta-classifier", "modernbert-classifier",
        ],
        Kernels.supported
    )
    func randomModels(directory: String, instructionSet: String) throws {
        let kernels = try Kernels(instructionSet: instructionSet)
        let end = try min(900, Int32(Architecture(directory: goldenPath(directory)).vocabularySize))
        var generator = SplitMix(state: 7)
        let texts = (0..<100).map { _ in
            [2]
                + (0..<Int.random(in: 1...60, using: &generator)).map { _ in
                    Int32.random(in: 5..<end, using: &generator)
                }
        }
        let (bytes, floats) = try (
            logits(texts, directory, kernels, .int8), logits(texts, directory, kernels, .f32)
        )
        let differences = zip(bytes, floats).map { ($0 - $1) * ($0 - $1) }
        let mean = floats.reduce(0, +) / Float(floats.count)
        let variance = floats.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(floats.count)
        let error = differences.reduce(0, +) / Float(floats.count)
        #expect(error.squareRoot() <= variance.squareRoot() / 15)
    }

    private func logits(
        _ texts: [[Int32]],
        _ directory: String,
        _ kernels: Kernels,
        _ precision: Precision
    ) throws -> [Float] {
        let model = try Model(directory: goldenPath(directory), kernels: kernels, precision: precision)
        return try Classifier(model: model).logits(TokenBatch(texts))
    }

    private static let shared = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared")

    /// `senti4sd.test.logits.csv` beside the model holds the logits that PyTorch gives in f32 for `senti4sd.test.csv`.
    @Test(
        "Texts get the label that PyTorch gives them in f32, 99.7 % of them, or 99.2 where bytes have fewer steps",
        .enabled(
            if: FileManager.default.fileExists(atPath: shared.path),
            "needs a model and 1,326 texts that are too large for this repository"
        )
    )
    func labels() throws {
        let directory = Self.shared.appending(path: "models/minilm-senti")
        let kernels = try Kernels.ofTests()
        let model = try Model(directory: directory.path, kernels: kernels, precision: .int8)
        let table = try String(contentsOf: directory.appending(path: "senti4sd.test.logits.csv"), encoding: .utf8)
        let expected = table.split(whereSeparator: \.isNewline).dropFirst().map { line in
            line.split(separator: ",").compactMap { Float($0) }
        }
        let examples = try Dataset(path: Self.shared.appending(path: "data/senti4sd.test.csv").path).examples
        try #require(examples.count == expected.count)
        // Every third: few enough for a slow processor.
        let chosen = Array(stride(from: 0, to: examples.count, by: 3))
        let ids = chosen.compactMap {
            model.tokenizer.encoding(of: examples[$0].text, within: TextLimit(maxTokens: 128, truncation: .head))?
                .sequences.first
        }
        try #require(ids.count == chosen.count)
        let logits = try Classifier(model: model).logits(TokenBatch(ids))
        let agreeing = chosen.indices.count { index in
            best(Array(logits[index * 3..<index * 3 + 3])) == best(expected[chosen[index]])
        }
        let hasFewerSteps = ["avx2", "avx512"].contains(kernels.instructionSet)
        #expect(Double(agreeing) >= (hasFewerSteps ? 0.992 : 0.997) * Double(chosen.count))
    }

    private func best(_ logits: [Float]) -> Int? { logits.indices.max { logits[$0] < logits[$1] } }
}
