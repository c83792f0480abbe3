// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

/// What ALBERT has besides what `GoldenTests` compares; `Golden/albert/make_golden.py` says of which versions.
@Suite struct ALBERTTests {
    private static let golden = Result { try TokenizerGolden("albert/tokenizers.json") }

    @Test("There are variants to compare with")
    func present() throws { #expect(try Self.golden.get().variants.count == 6) }

    @Test(
        "spiece.model and tokenizer.json give transformers' ids, places and texts",
        arguments: (try? golden.get().variants) ?? []
    )
    func variants(variant: TokenizerGolden.Variant) throws { try Self.golden.get().expectSame(variant) }

    @Test("Layers of one group are one block in memory, whatever the numbers", arguments: Precision.allCases)
    func sharedBlocks(precision: Precision) throws {
        func buffers(_ layers: Layers) -> [ObjectIdentifier] {
            switch layers {
            case .f32(let layers): layers.map { ObjectIdentifier($0.query.packed) }
            case .int8(let layers): layers.map { ObjectIdentifier($0.query.packed) }
            }
        }
        for (directory, blocks) in [("albert-classifier", 1), ("albert-masked-lm", 2), ("albert-model", 3)] {
            let model = try Model(directory: goldenPath(directory), kernels: .ofTests(), precision: precision)
            let found = buffers(model.layers)
            #expect(found.count == model.architecture.layers && Set(found).count == blocks)
        }
    }

    @Test("A layer is of the group that transformers puts it in, though that divides floats")
    func groups() throws {
        let copy = try ModelCopy("albert-classifier")
        for (layers, groups, wanted) in [
            (5, 2, [0, 0, 0, 1, 1]), (6, 4, [0, 0, 1, 2, 2, 3]), (3, 3, [0, 1, 2]), (4, 1, [0, 0, 0, 0]),
        ] {
            try copy.set(["num_hidden_layers": "\(layers)", "num_hidden_groups": "\(groups)"], in: "config.json")
            let architecture = try Architecture(directory: copy.path)
            #expect((0..<layers).map(architecture.block) == wanted && architecture.blocks == groups)
        }
        try copy.set(["num_hidden_groups": "5"], in: "config.json")
        #expect(copy.error()?.reason.hasPrefix("num_hidden_groups is 5; expected 1 to 4") == true)
    }

    @Test("A masked LM fills ALBERT's mask token", arguments: Precision.allCases)
    func fillMask(precision: Precision) throws {
        let model = try Model(directory: goldenPath("albert-masked-lm"), kernels: .ofTests(), precision: precision)
        #expect(model.tokenizer.maskID == 4 && model.tokenizer.padID == 0 && model.tokenizer.unkID == 1)
        let limit = TextLimit(maxTokens: 20, truncation: .head)
        let ids = try #require(model.tokenizer.encoding(of: "a [MASK] b", within: limit)).sequences[0]
        let filled = try MaskedLanguageModel(model: model).fill(ids, count: 3)
        #expect(filled.count == 1 && filled[0].count == 3)
    }

    @Test("User-defined pieces of another family's SentencePiece model are refused")
    func userDefined() throws {
        let copy = try ModelCopy("albert-classifier")
        try copy.set(["tokenizer_class": "\"XLMRobertaTokenizer\""], in: "tokenizer_config.json")
        let error = try #require(copy.error())
        #expect(error.path.hasSuffix("/spiece.model") && error.reason.contains("is user-defined"), "\(error)")
    }

    @Test("A long text is taken in parts, and its beginning is what it is without a limit")
    func longText() throws {
        let tokenizer = try Tokenizer(directory: goldenPath("albert-classifier"))
        for text in [
            String(repeating: "Great and SAD, ", count: 2_000),
            String(repeating: "e\u{301}\u{323} \u{FB01}!", count: 3_000),
            String(repeating: "\u{301}", count: 20_000),
        ] {
            let ids = tokenizer.encode(text)
            #expect(tokenizer.encodeWithPlaces(text).tokens.ids == ids)
            #expect(tokenizer.encode(text, limit: 100) == Array(ids.prefix(100)))
        }
    }
}
