// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

/// What ModernBERT has besides what `GoldenTests` compares; `Golden/modernbert/make_golden.py` says of which versions.
@Suite struct ModernBERTTests {
    private static let golden = Result { try TokenizerGolden("modernbert/tokenizers.json") }

    @Test("There are variants to compare with")
    func present() throws { #expect(try Self.golden.get().variants.count == 2) }

    @Test(
        "Texts are composed, and tokens found in what that makes, as transformers does",
        arguments: (try? golden.get().variants) ?? []
    )
    func variants(variant: TokenizerGolden.Variant) throws { try Self.golden.get().expectSame(variant) }

    @Test("Layers look as far as the configuration says, under its first keys and its present ones")
    func layers() throws {
        func plan(_ directory: String) throws -> Rotary? {
            let architecture = try Architecture(directory: goldenPath(directory))
            guard case .rotary(let plan) = architecture.encoder.attention else { return nil }
            return plan
        }
        let former = try #require(try plan("modernbert-classifier"))
        #expect(former.isLocal == [false, true, true, false, true] && former.reach == 8)
        #expect(former.globalTheta == 160_000 && former.localTheta == 10_000)
        let present = try #require(try plan("modernbert-model"))
        #expect(present.isLocal == [false, true, false, true] && present.reach == 32)
        #expect(present.globalTheta == 5_000 && present.localTheta == 300)
    }

    @Test(
        "What the configuration asks for and this program does not do is refused by its key",
        arguments: [
            ("classifier_pooling", #""max""#, "classifier_pooling is 'max'"),
            ("classifier_activation", #""relu""#, "classifier_activation is 'relu'"),
            ("rope_scaling", #"{"type":"yarn"}"#, "rope_parameters scales positions"),
            ("rope_parameters", #"{"full_attention":{"rope_type":"yarn"}}"#, "rope_parameters scales positions"),
            ("layer_types", #"["full_attention"]"#, "layer_types must say"),
            ("layer_types", #"["a","a","a","a","a"]"#, "layer_types must say"),
            ("global_attn_every_n_layers", "0", "global_attn_every_n_layers is 0"),
            ("local_attention", "-2", "local_attention is -2"), ("global_rope_theta", "0", "rope_theta of 0"),
            ("max_position_embeddings", "40000", "max_position_embeddings is 40000"),
            ("num_attention_heads", "32", "num_attention_heads makes heads of an odd width"),
            ("norm_bias", "1", "norm_bias"), ("layer_types", "7", "layer_types"),
            ("local_attention", "1e30", "local_attention"),
        ]
    )
    func refused(key: String, value: String, reason: String) throws {
        let copy = try ModelCopy("modernbert-classifier")
        try copy.set([key: value], in: "config.json")
        let error = try #require(copy.error())
        #expect(error.path.hasSuffix("/config.json") && error.reason.contains(reason), "\(error)")
    }

    @Test("A text's scores are the same bits alone and in a batch, whatever the numbers", arguments: Precision.allCases)
    func batches(precision: Precision) throws {
        for pooling in ["cls", "mean"] {
            let copy = try ModelCopy("modernbert-classifier")
            try copy.set(["classifier_pooling": "\"\(pooling)\""], in: "config.json")
            try expectSameBitsInBatches(Model(directory: copy.path, kernels: .ofTests(), precision: precision))
        }
    }

    @Test(
        "A checkpoint without a classifier says which tensors it lacks, and a directory that tokenizer.json is missing"
    )
    func missing() throws {
        let bare = try ModelCopy("modernbert-model")
        #expect(
            bare.error()?.reason.contains("head.dense.weight, classifier.weight, classifier.bias are missing") == true
        )
        let copy = try ModelCopy("modernbert-classifier")
        try FileManager.default.removeItem(atPath: copy.path + "/tokenizer.json")
        #expect(copy.error()?.path.hasSuffix("/tokenizer.json") == true)
    }
}
