// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

/// Tensors that a family has and others have not: each that is missing, misshapen or not finite is an error with its name.
@Suite struct FamilyTensorTests {
    @Test(
        "A tensor that is missing or not finite is refused by its name",
        arguments: [
            ("mpnet", "mpnet.encoder.relative_attention_bias.weight"),
            ("mpnet", "mpnet.embeddings.position_embeddings.weight"),
            ("mpnet", "mpnet.encoder.layer.1.attention.attn.o.bias"),
            ("mpnet", "mpnet.encoder.layer.2.attention.LayerNorm.weight"), ("mpnet", "classifier.dense.weight"),
            ("mpnet", "classifier.out_proj.bias"), ("electra", "electra.embeddings_project.weight"),
            ("electra", "electra.embeddings_project.bias"), ("electra", "electra.embeddings.LayerNorm.weight"),
            ("electra", "electra.encoder.layer.2.output.dense.weight"), ("electra", "classifier.dense.bias"),
            ("albert", "albert.encoder.embedding_hidden_mapping_in.weight"), ("albert", "albert.pooler.bias"),
            ("albert", "albert.encoder.albert_layer_groups.0.albert_layers.0.full_layer_layer_norm.weight"),
            ("albert", "albert.encoder.albert_layer_groups.0.albert_layers.0.ffn_output.weight"),
            ("deberta", "deberta.encoder.rel_embeddings.weight"), ("deberta", "deberta.encoder.LayerNorm.weight"),
            ("deberta", "deberta.encoder.layer.1.attention.self.query_proj.bias"), ("deberta", "pooler.dense.weight"),
            ("modernbert", "model.layers.2.attn.Wqkv.weight"), ("modernbert", "model.layers.4.attn_norm.weight"),
            ("modernbert", "model.final_norm.weight"), ("modernbert", "head.norm.weight"),
            ("modernbert", "model.layers.0.mlp.Wi.weight"),
        ]
    )
    func ofFamily(family: String, tensor: String) throws {
        let copy = try ModelCopy("\(family)-classifier")
        #expect(copy.error() == nil && copy.error(precision: .int8) == nil)
        try copy.set(.nan, at: 2, of: tensor)
        let broken = try #require(copy.error())
        #expect(broken.kind == .invalid && broken.reason.contains(tensor) && broken.reason.contains("element 2 "))
        let other = try ModelCopy("\(family)-classifier")
        let weights = URL(filePath: "\(other.path)/model.safetensors")
        // A name of the same length: the file's offsets stay.
        let renamed = tensor.dropLast() + "_"
        var bytes = try Data(contentsOf: weights)
        let place = try #require(bytes.range(of: Data("\"\(tensor)\"".utf8)))
        bytes.replaceSubrange(place, with: Data("\"\(renamed)\"".utf8))
        try bytes.write(to: weights)
        let missing = try #require(other.error())
        #expect(missing.path == weights.path && missing.reason.contains("has no tensor '\(tensor)'"), "\(missing)")
    }

    @Test(
        "A tensor of another shape than config.json asks for is refused by its name and both shapes",
        arguments: [
            (
                "mpnet", ["relative_attention_num_buckets": "33", "max_position_embeddings": "201"],
                "position_embeddings.weight' has the shape [202, 32]", "[201, 32]"
            ), ("electra", ["embedding_size": "13"], "has the shape [100, 14]", "[100, 13]"),
            ("electra", ["embedding_size": "28"], "has the shape [100, 14]", "[100, 28]"),
            ("albert", ["embedding_size": "17"], "has the shape [120, 18]", "[120, 17]"),
            ("albert", ["num_hidden_groups": "2"], "has no tensor", "albert_layer_groups.1"),
            ("deberta", ["position_buckets": "9"], "rel_embeddings.weight' has the shape [16, 32]", "[18, 32]"),
            ("deberta", ["type_vocab_size": "2"], "has no tensor", "token_type_embeddings"),
            ("modernbert", ["intermediate_size": "25"], "mlp.Wi.weight' has the shape [48, 32]", "[50, 32]"),
            ("modernbert", ["norm_bias": "true"], "has no tensor", "norm.bias"),
            ("electra", ["intermediate_size": "61"], "intermediate.dense.weight' has the shape [60, 28]", "[61, 28]"),
        ] as [(String, [String: String], String, String)]
    )
    func misshapen(family: String, sizes: [String: String], says: String, wanted: String) throws {
        let copy = try ModelCopy("\(family)-classifier")
        try copy.set(sizes.mapValues { $0 }, in: "config.json")
        let error = try #require(copy.error())
        #expect(error.path.hasSuffix("/model.safetensors"))
        #expect(error.reason.contains(says) && error.reason.contains(wanted), "\(error)")
    }
}
