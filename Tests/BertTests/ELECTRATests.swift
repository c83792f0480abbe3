// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

/// What ELECTRA has besides what `GoldenTests` compares; `Golden/electra/make_golden.py` says of which versions.
@Suite struct ELECTRATests {
    private static let golden = Result { try TokenizerGolden("electra/tokenizers.json") }

    @Test("Its tokenizer is BERT's under another name", arguments: (try? golden.get().variants) ?? [])
    func variants(variant: TokenizerGolden.Variant) throws { try Self.golden.get().expectSame(variant) }

    @Test("There are variants to compare with")
    func present() throws { #expect(try Self.golden.get().variants.count == 3) }

    @Test("A discriminator that was saved as it was pretrained gives features, and has no classifier")
    func discriminator() throws {
        let copy = try ModelCopy("electra-classifier")
        try copy.set(["architectures": #"["ElectraForPreTraining"]"#], in: "config.json")
        let model = try Model(directory: copy.path, kernels: .ofTests())
        let named = try Model(directory: goldenPath("electra-classifier"), kernels: .ofTests())
        let ids: [Int32] = [2, 20, 30, 40, 3]
        #expect(FeatureExtractor(model: model).features(ids) == FeatureExtractor(model: named).features(ids))
        let error = #expect(throws: FileError.self) { try Classifier(model: model) }
        #expect(error?.reason.contains("classifier.out_proj.weight") == true)
    }

    @Test("A generator fills its mask token", arguments: Precision.allCases)
    func fillMask(precision: Precision) throws {
        let model = try Model(directory: goldenPath("electra-masked-lm"), kernels: .ofTests(), precision: precision)
        let limit = TextLimit(maxTokens: 20, truncation: .head)
        let ids = try #require(model.tokenizer.encoding(of: "a [MASK] b", within: limit)).sequences[0]
        let filled = try MaskedLanguageModel(model: model).fill(ids, count: 3)
        #expect(filled.count == 1 && filled[0].count == 3)
    }
}
