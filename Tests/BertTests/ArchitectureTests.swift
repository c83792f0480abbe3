// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import Testing

@testable import Bert

@Suite struct ArchitectureTests {
    private static func architecture(_ json: String) throws(FileError) -> Architecture {
        try Architecture(file: MappedFile(path: "config.json", data: Data(json.utf8)))
    }

    private static func error(_ json: String) -> FileError? {
        do throws(FileError) {
            _ = try architecture(json)
            return nil
        } catch {
            return error
        }
    }

    @Test("The configuration that transformers wrote for the golden DistilBERT is read")
    func golden() throws {
        let architecture = try Architecture(directory: WeightsFixture.path("distilbert-classifier"))
        #expect(architecture.plan == .distilBert)
        #expect(architecture.task == .sequenceClassification)
        #expect(architecture.vocabularySize == 951)
        #expect((architecture.width, architecture.layers, architecture.heads, architecture.headWidth) == (32, 2, 4, 8))
        #expect((architecture.feedForwardWidth, architecture.positions) == (128, 64))
        #expect(architecture.typeVocabularySize == nil)
        #expect(architecture.layerNormEpsilon == 1e-12)
        #expect(architecture.labels == ["negative", "neutral", "positive"])
        #expect(architecture.problemType == nil)
        #expect(architecture.tiesWordEmbeddings)
    }

    @Test("What is absent has transformers' default, by family")
    func defaults() throws {
        let bert = try Self.architecture(#"{"model_type":"bert"}"#)
        #expect((bert.plan, bert.task) == (.bert, .bare))
        #expect((bert.vocabularySize, bert.width, bert.layers, bert.heads) == (30522, 768, 12, 12))
        #expect((bert.feedForwardWidth, bert.positions, bert.typeVocabularySize) == (3072, 512, 2))
        #expect((bert.layerNormEpsilon, bert.activation, bert.labels) == (1e-12, .gelu, ["LABEL_0", "LABEL_1"]))
        let distilled = try Self.architecture(#"{"model_type":"distilbert","architectures":null,"layer_norm_eps":0.5}"#)
        #expect((distilled.plan, distilled.task, distilled.layers) == (.distilBert, .bare, 6))
        #expect((distilled.width, distilled.heads, distilled.feedForwardWidth) == (768, 12, 3072))
        #expect((distilled.layerNormEpsilon, distilled.typeVocabularySize) == (1e-12, nil))
        let permuted = try Self.architecture(#"{"model_type":"mpnet"}"#)
        #expect((permuted.plan, permuted.task, permuted.layers, permuted.width) == (.mpNet, .bare, 12, 768))
        #expect((permuted.vocabularySize, permuted.positionRows, permuted.positions) == (30527, 512, 510))
        #expect((permuted.layerNormEpsilon, permuted.typeVocabularySize, permuted.relativeBuckets) == (1e-12, nil, 32))
        let robust = try Self.architecture(#"{"model_type":"roberta"}"#)
        #expect((robust.vocabularySize, robust.positionRows, robust.positions) == (50265, 512, 510))
        #expect((robust.typeVocabularySize, robust.paddingID, robust.relativeBuckets) == (2, 1, nil))
        let electra = try Self.architecture(#"{"model_type":"electra"}"#)
        #expect((electra.embeddingWidth, electra.width, electra.heads, electra.feedForwardWidth) == (128, 256, 4, 1024))
        #expect(electra.projectsEmbeddings && electra.typeVocabularySize == 2 && electra.activation == .gelu)
        let lite = try Self.architecture(#"{"model_type":"albert"}"#)
        #expect((lite.embeddingWidth, lite.width, lite.heads, lite.feedForwardWidth) == (128, 4096, 64, 16384))
        #expect((lite.layers, lite.blocks, lite.activation, lite.vocabularySize) == (12, 1, .geluNew, 30000))
        let multilingual = try Self.architecture(#"{"model_type":"xlm-roberta"}"#)
        #expect((multilingual.plan, multilingual.vocabularySize, multilingual.positions) == (.xlmRoberta, 30522, 510))
    }

    @Test(
        "Family and task follow the architecture's name, also without model_type",
        arguments: [
            ("BertForSequenceClassification", ModelPlan.bert, Architecture.Task.sequenceClassification),
            ("BertForMaskedLM", .bert, .maskedLM), ("BertForPreTraining", .bert, .maskedLM),
            ("BertModel", .bert, .bare),
            ("DistilBertForSequenceClassification", .distilBert, .sequenceClassification),
            ("DistilBertForMaskedLM", .distilBert, .maskedLM), ("DistilBertModel", .distilBert, .bare),
            ("MPNetForSequenceClassification", .mpNet, .sequenceClassification),
            ("MPNetForMaskedLM", .mpNet, .maskedLM),
            ("MPNetModel", .mpNet, .bare),
            ("RobertaForSequenceClassification", .roberta, .sequenceClassification),
            ("RobertaForMaskedLM", .roberta, .maskedLM), ("RobertaModel", .roberta, .bare),
            ("XLMRobertaForSequenceClassification", .xlmRoberta, .sequenceClassification),
            ("XLMRobertaModel", .xlmRoberta, .bare), ("CamembertForMaskedLM", .camembert, .maskedLM),
            ("CamembertForSequenceClassification", .camembert, .sequenceClassification),
            ("ElectraForSequenceClassification", .electra, .sequenceClassification), ("ElectraModel", .electra, .bare),
            ("AlbertForMaskedLM", .albert, .maskedLM), ("AlbertForPreTraining", .albert, .maskedLM),
            ("ElectraForMaskedLM", .electra, .maskedLM), ("ElectraForPreTraining", .electra, .bare),
        ]
    )
    func names(name: String, plan: ModelPlan, task: Architecture.Task) throws {
        let architecture = try Self.architecture(#"{"architectures":["\#(name)"]}"#)
        #expect((architecture.plan, architecture.task) == (plan, task))
    }

    @Test("Values are read under each family's names; DistilBERT takes BERT's names for three of them too")
    func values() throws {
        let bert = try Self.architecture(
            #"""
            {"model_type":"bert","vocab_size":7,"hidden_size":12,"num_hidden_layers":3,"num_attention_heads":4,
             "intermediate_size":5,"max_position_embeddings":9,"type_vocab_size":1,"layer_norm_eps":1e-5,"hidden_act":"gelu",
             "tie_word_embeddings":false,"problem_type":"multi_label_classification","position_embedding_type":"absolute",
             "is_decoder":false,"id2label":{"10":"k","0":"a","1":"b","2":"c","3":"d","4":"e","5":"f","6":"g","7":"h","8":"i",
             "9":"j"}}
            """#
        )
        #expect((bert.vocabularySize, bert.width, bert.layers, bert.heads) == (7, 12, 3, 4))
        #expect((bert.feedForwardWidth, bert.positions, bert.typeVocabularySize) == (5, 9, 1))
        #expect((bert.layerNormEpsilon, bert.tiesWordEmbeddings, bert.problemType) == (1e-5, false, .multiLabel))
        #expect(bert.labels.joined() == "abcdefghijk")
        let distilled = try Self.architecture(
            #"""
            {"model_type":"distilbert","dim":8,"hidden_size":16,"num_hidden_layers":3,"n_heads":2,"hidden_dim":4,"num_labels":3,
             "sinusoidal_pos_embds":true,"intermediate_size":99}
            """#
        )
        #expect((distilled.width, distilled.layers, distilled.heads, distilled.feedForwardWidth) == (8, 3, 2, 4))
        #expect(distilled.labels == ["LABEL_0", "LABEL_1", "LABEL_2"])
    }

    @Test(
        "What this program does not do is unsupported, by name",
        arguments: [
            (#""model_type":"longformer""#, "model_type is 'longformer'"),
            (#""model_type":"albert","inner_group_num":2"#, "inner_group_num is 2; only 1 is known"),
            (#""architectures":["BertForQuestionAnswering"]"#, "architectures names 'BertForQuestionAnswering'"),
            (
                #""model_type":"bert","architectures":["JinaBertForMaskedLM"]"#,
                "architectures names 'JinaBertForMaskedLM'"
            ),
            (#""model_type":"mpnet","hidden_act":"mish""#, "hidden_act has the unknown value 'mish'"),
            (#""model_type":"mpnet","architectures":["MPNetForQuestionAnswering"]"#, "MPNetForQuestionAnswering"),
            (#""model_type":"bert","hidden_act":"gelu_fast""#, "hidden_act has the unknown value 'gelu_fast'"),
            (#""model_type":"distilbert","activation":"quick_gelu""#, "activation has the unknown value 'quick_gelu'"),
            (
                #""model_type":"bert","position_embedding_type":"relative_key""#,
                "position_embedding_type is 'relative_key'"
            ),
            (#""model_type":"bert","is_decoder":true"#, "is_decoder is true"),
            (#""model_type":"bert","add_cross_attention":true"#, "add_cross_attention is true"),
            (#""model_type":"bert","quantization_config":{"quant_method":"gptq"}"#, "quantization_config is set"),
            (
                #""model_type":"bert","hidden_size":65536,"num_attention_heads":64,"num_hidden_layers":1024"#,
                "parameters"
            ),
        ]
    )
    func unsupported(json: String, reason: String) throws {
        let error = try #require(Self.error("{\(json)}"))
        #expect(error.kind == .unsupported)
        #expect(error.path == "config.json")
        #expect(error.reason.contains(reason), "\(error)")
    }

    @Test(
        "A size that is zero, negative, beyond its limit or no whole number is invalid, by name",
        arguments: sizeKeys
    )
    func sizes(family: String, key: String) throws {
        for value in [
            "0", "-1", "16777217", "9223372036854775807", "9223372036854775808", "1.5", "1e99", "\"12\"", "true", "[]",
        ] {
            let error = try #require(Self.error(#"{"model_type":"\#(family)","\#(key)":\#(value)}"#), "\(value)")
            #expect(error.kind == .invalid)
            #expect(error.reason.contains(key), "\(value): \(error)")
        }
    }

    @Test(
        "A broken or contradictory value is invalid, and the message names the key",
        arguments: [
            (#""model_type":"bert","architectures":["DistilBertModel"]"#, "architectures"),
            (#""architectures":[]"#, "model_type"), (#""vocab_size":5"#, "model_type"),
            (#""model_type":5"#, "model_type"),
            (#""model_type":"bert","architectures":"BertModel""#, "architectures"),
            (#""model_type":"bert","hidden_size":10,"num_attention_heads":4"#, "width of 10"),
            (#""model_type":"mpnet","relative_attention_num_buckets":31"#, "relative_attention_num_buckets is 31"),
            (#""model_type":"mpnet","max_position_embeddings":4"#, "max_position_embeddings is 4; expected 5"),
            (#""model_type":"mpnet","layer_norm_eps":0"#, "layer_norm_eps"),
            (#""model_type":"mpnet","architectures":["BertModel"]"#, "architectures"),
            (#""model_type":"bert","layer_norm_eps":0"#, "layer_norm_eps"),
            (#""model_type":"bert","layer_norm_eps":-1e-12"#, "layer_norm_eps"),
            (#""model_type":"bert","layer_norm_eps":1e-60"#, "layer_norm_eps"),
            (#""model_type":"bert","layer_norm_eps":1e300"#, "layer_norm_eps"),
            (#""model_type":"bert","layer_norm_eps":"1e-12""#, "layer_norm_eps"),
            (#""model_type":"bert","problem_type":"ranking""#, "problem_type has the unknown value 'ranking'"),
            (#""model_type":"bert","problem_type":"single_label_classification","num_labels":1"#, "problem_type"),
            (#""model_type":"bert","is_decoder":"yes""#, "is_decoder"),
            (#""model_type":"bert","id2label":{}"#, "id2label"),
            (#""model_type":"bert","id2label":{"0":"a","2":"b"}"#, "id2label has no label '1'"),
            (#""model_type":"bert","id2label":{"0":"a","01":"b"}"#, "id2label has no label '1'"),
            (#""model_type":"bert","id2label":{"0":"a","x":"b"}"#, "id2label"),
            (#""model_type":"bert","id2label":{"0":1}"#, "id2label"),
            (#""model_type":"bert","id2label":["a"]"#, "id2label"),
            (
                #""model_type":"bert","id2label":{"0":"a","1":"b"},"num_labels":3"#,
                "id2label has 2 labels, but num_labels is 3"
            ),
        ]
    )
    func invalid(json: String, reason: String) throws {
        let error = try #require(Self.error("{\(json)}"))
        #expect(error.kind == .invalid)
        #expect(error.reason.contains(reason), "\(error)")
    }

    @Test("A file that is no JSON object is invalid, an absent one is missing")
    func noConfiguration() throws {
        for json in ["", "[]", "null", "{", "\u{0}", String(repeating: "[", count: 100_000)] {
            #expect(Self.error(json)?.kind == .invalid, "\(json.prefix(10))")
        }
        let error = #expect(throws: FileError.self) { try Architecture(directory: "/nonexistent") }
        #expect(error?.kind == .missing)
        #expect(error?.path == "/nonexistent/config.json")
    }
}

/// The keys of sizes, each with a family that reads it.
private let sizeKeys =
    [
        "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
        "max_position_embeddings", "type_vocab_size", "num_labels",
    ].map { ("bert", $0) } + ["dim", "n_layers", "n_heads", "hidden_dim"].map { ("distilbert", $0) }
    + ["max_position_embeddings", "relative_attention_num_buckets"].map { ("mpnet", $0) }
    + [("electra", "embedding_size"), ("albert", "num_hidden_groups")]
