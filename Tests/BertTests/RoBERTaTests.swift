// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

/// What RoBERTa and its like have besides what `GoldenTests` compares.
@Suite struct RoBERTaTests {
    @Test("The longest text is as long as there are positions behind the padding's, whichever id that has")
    func longestText() throws {
        let model = try Model(directory: goldenPath("roberta-classifier"), kernels: .ofTests())
        #expect(model.maxTokens == 200 && model.architecture.positionRows == 202)
        #expect(try Architecture.positions(directory: goldenPath("roberta-model")) == 60)
        let copy = try ModelCopy("roberta-classifier")
        try copy.set(["pad_token_id": "5"], in: "config.json")
        #expect(try Architecture.positions(directory: copy.path) == 196)
        try copy.set(["pad_token_id": "-1"], in: "config.json")
        #expect(copy.error()?.reason.hasPrefix("pad_token_id is -1") == true)
    }

    @Test("A masked LM fills RoBERTa's mask token", arguments: Precision.allCases)
    func fillMask(precision: Precision) throws {
        let model = try Model(directory: goldenPath("roberta-masked-lm"), kernels: .ofTests(), precision: precision)
        #expect(model.tokenizer.maskID == 4 && model.tokenizer.padID == 1)
        let limit = TextLimit(maxTokens: 20, truncation: .head)
        let ids = try #require(model.tokenizer.encoding(of: "a <mask> b", within: limit)).sequences[0]
        let filled = try MaskedLanguageModel(model: model).fill(ids, count: 3)
        #expect(filled.count == 1 && filled[0].count == 3)
        #expect(filled.joined().allSatisfy { $0.sequence.hasPrefix("a ") && $0.sequence.hasSuffix(" b") })
    }

    @Test("A decoder that is not the word embeddings has its own bias, and the one beside it does not count")
    func ownDecoder() throws {
        let copy = try ModelCopy("roberta-masked-lm")
        let architecture = try Model(directory: copy.path, kernels: .ofTests()).architecture
        let (tokens, width) = (architecture.vocabularySize, architecture.width)
        try copy.set(["tie_word_embeddings": "false"], in: "config.json")
        try copy.add(
            [Float](repeating: 0, count: tokens * width),
            shape: [tokens, width],
            as: "lm_head.decoder.weight"
        )
        try copy.add((0..<tokens).map { $0 == 7 ? 30 : 0 }, shape: [tokens], as: "lm_head.decoder.bias")
        try copy.set(60, at: 8, of: "lm_head.bias")
        let model = try Model(directory: copy.path, kernels: .ofTests())
        let filled = try MaskedLanguageModel(model: model).fill([0, 4, 2], count: 1)
        #expect(filled[0][0].token == 7 && filled[0][0].score > 0.99)
    }

    @Test("A classifier whose head was not saved says which tensors are missing")
    func bare() throws {
        let copy = try ModelCopy("roberta-model")
        try copy.set(["architectures": #"["RobertaForSequenceClassification"]"#], in: "config.json")
        let error = copy.error()
        #expect(error?.reason.contains("classifier.dense.weight") == true)
        #expect(error?.reason.contains("classifier.out_proj.bias") == true)
    }
}
