// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Testing

@testable import Bert

/// Values in the files of a directory that a model cannot work with: each is an error, and none ends the process.
@Suite struct ModelLimitsTests {
    @Test(
        "A limit below three tokens, or of no whole number, is refused by its key",
        arguments: ["model_max_length", "max_len"],
        ["2", "1", "0", "-1", "-1e30", "12.5"]
    )
    func shortLimit(key: String, value: String) throws {
        let copy = try ModelCopy()
        try copy.set(["model_max_length": nil], in: "tokenizer_config.json")
        try copy.set([key: value], in: "tokenizer_config.json")
        let error = try #require(copy.error())
        #expect(error.kind == .invalid && error.path.hasSuffix("/tokenizer_config.json"))
        #expect(error.reason.hasPrefix("\(key) is \(value.hasSuffix("30") ? "-1e+30" : value); expected at least 3"))
    }

    @Test("max_len is the old name of model_max_length, which comes before it; 1e30 and null stand for no limit")
    func lengthNames() throws {
        let lengths: [([String: String?], Int?)] = [
            (["model_max_length": nil, "max_len": "6"], 6), (["model_max_length": "9", "max_len": "6"], 9),
            (["model_max_length": "null", "max_len": "6"], nil), (["model_max_length": "1e30"], nil),
            (["model_max_length": "8.0"], 8), (["model_max_length": "3"], 3), (["model_max_length": nil], nil),
        ]
        for (values, length) in lengths {
            let copy = try ModelCopy()
            try copy.set(values, in: "tokenizer_config.json")
            #expect(try Tokenizer(directory: copy.path).modelMaxLength == length, "\(values)")
            #expect(copy.error() == nil)
        }
    }

    @Test("Fewer than three positions are refused", arguments: ["2", "1", "0", "-3"])
    func fewPositions(value: String) throws {
        let copy = try ModelCopy()
        try copy.set(["max_position_embeddings": value], in: "config.json")
        let error = try #require(copy.error())
        #expect(error.path.hasSuffix("/config.json") && error.reason.contains("max_position_embeddings is \(value)"))
    }

    @Test("A layer that is wider than 32 bits hold the sums of its bytes is refused")
    func wideLayer() throws {
        let copy = try ModelCopy()
        try copy.set(["intermediate_size": "65537"], in: "config.json")
        #expect(copy.error()?.reason.contains("intermediate_size is 65537; expected 1 to 65536") == true)
    }

    @Test(
        "A weight that is not finite is refused by the file and the tensor",
        arguments: [
            "bert.embeddings.word_embeddings.weight", "bert.embeddings.position_embeddings.weight",
            "bert.embeddings.token_type_embeddings.weight", "bert.embeddings.LayerNorm.bias",
            "bert.encoder.layer.1.attention.self.key.weight", "bert.encoder.layer.2.output.LayerNorm.weight",
            "bert.pooler.dense.weight", "classifier.bias",
        ],
        [Float.nan, .infinity, -.infinity]
    )
    func notFinite(tensor: String, value: Float) throws {
        let copy = try ModelCopy()
        try copy.set(value, at: 2, of: tensor)
        for precision in [Precision.f32, .int8] {
            let error = try #require(copy.error(precision: precision))
            #expect(error.kind == .invalid && error.path.hasSuffix("/model.safetensors"))
            #expect(error.reason.contains(tensor) && error.reason.contains("element 2 "))
        }
    }

    @Test("A weight that is as great as a float can be loads, and what comes of it ends nothing")
    func hugeWeights() throws {
        let tensors = [
            "bert.embeddings.word_embeddings.weight", "bert.encoder.layer.0.attention.self.query.weight",
            "bert.encoder.layer.1.intermediate.dense.weight", "bert.encoder.layer.1.output.dense.weight",
            "bert.encoder.layer.2.output.LayerNorm.weight", "classifier.weight",
        ]
        for value in [Float.greatestFiniteMagnitude, -1e38, 1e20, Float(bitPattern: 128)] {
            let copy = try ModelCopy()
            for tensor in tensors { for index in 0..<40 { try copy.set(value, at: index, of: tensor) } }
            #expect(copy.error() == nil)
            #expect(copy.error(precision: .int8) == nil)
        }
    }

    @Test("No value of a key ends the process: the directory loads and answers, or its error names one of its files")
    func mutations() throws {
        let values = [
            "0", "1", "2", "3", "-1", "12.0", "0.5", "1e30", "1e400", "4294967296", "9223372036854775807",
            "18446744073709551616", "true", "null", "\"\"", "\"32\"", "[]", "{}", "[[]]", "[null]", "{\"0\":\"a\"}",
            "{\"-1\":\"a\"}", "{\"0\":\"a\",\"1\":\"b\",\"3\":\"c\"}", "{\"content\":\"[CLS]\",\"id\":4000000000}",
            "NaN",
        ]
        let keys = [
            "config.json": [
                "architectures", "hidden_act", "hidden_size", "id2label", "intermediate_size", "layer_norm_eps",
                "max_position_embeddings", "model_type", "relative_attention_num_buckets", "num_attention_heads",
                "num_hidden_layers", "num_labels",
                "pad_token_id", "problem_type", "tie_word_embeddings", "type_vocab_size", "vocab_size",
            ],
            "tokenizer_config.json": [
                "added_tokens_decoder", "clean_up_tokenization_spaces", "cls_token", "do_lower_case",
                "extra_special_tokens", "mask_token", "max_len", "model_max_length", "pad_token", "sep_token",
                "split_special_tokens", "strip_accents", "tokenize_chinese_chars", "tokenizer_class", "truncation_side",
                "unk_token",
            ],
            "tokenizer.json": [
                "added_tokens", "decoder", "model", "normalizer", "padding", "post_processor", "pre_tokenizer",
                "truncation", "version",
            ],
        ]
        let files = keys.sorted { $0.key < $1.key }
        for (model, file, keys) in files.flatMap({ file in
            ["bert-classifier", "mpnet-classifier"].map { ($0, file.key, file.value) }
        }) {
            let copy = try ModelCopy(model)
            let whole = try Data(contentsOf: URL(filePath: "\(copy.path)/\(file)"))
            for key in keys {
                for value in values {
                    try copy.set([key: value], in: file)
                    if let error = copy.error() {
                        #expect(error.path.hasPrefix(copy.path), "\(file): \(key): \(value)")
                    }
                    try whole.write(to: URL(filePath: "\(copy.path)/\(file)"))
                }
            }
        }
    }
}
