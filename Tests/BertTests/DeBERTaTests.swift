// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

/// What DeBERTa has besides what `GoldenTests` compares; `Golden/deberta/make_golden.py` says of which versions.
@Suite struct DeBERTaTests {
    private static let golden = Result { try TokenizerGolden("deberta/tokenizers.json") }

    @Test("There are variants to compare with")
    func present() throws { #expect(try Self.golden.get().variants.count == 6) }

    @Test(
        "spm.model and tokenizer.json give transformers' ids, places and texts",
        arguments: (try? golden.get().variants) ?? []
    )
    func variants(variant: TokenizerGolden.Variant) throws { try Self.golden.get().expectSame(variant) }

    @Test("Each distance has the row of the table that transformers looks it up in")
    func rows() throws {
        struct Rows: Decodable {
            let buckets: Int
            let farthest: Int
            let distances: [Int]
            let rows: [Int]
        }
        let data = try Data(contentsOf: URL(filePath: goldenPath("deberta/rows.json")))
        let tables = try JSONDecoder().decode([Rows].self, from: data)
        #expect(tables.count == 4)
        for table in tables {
            let plan = Disentangled(
                buckets: table.buckets,
                farthest: table.farthest,
                sharesProjections: true,
                normalises: false
            )
            #expect(table.distances.map(plan.row) == table.rows, "\(table.buckets), \(table.farthest)")
        }
    }

    @Test(
        "What the configuration asks for and this program does not do is refused by its key",
        arguments: [
            ("relative_attention", "false", "relative_attention is not true"),
            ("pos_att_type", #""c2p""#, "pos_att_type is not p2c and c2p"),
            ("pos_att_type", nil, "pos_att_type is not"),
            ("conv_kernel_size", "3", "conv_kernel_size is 3"), ("embedding_size", "16", "embedding_size is 16"),
            ("attention_head_size", "4", "attention_head_size is 4"),
            ("pooler_hidden_act", #""tanh""#, "pooler_hidden_act"),
            ("position_buckets", "99999999999", "position_buckets is 99999999999"),
            ("position_buckets", "1", "too small"),
            ("max_position_embeddings", "5000", "max_position_embeddings is 5000"),
            ("position_buckets", #""8""#, "position_buckets"), ("pos_att_type", "7", "pos_att_type"),
        ] as [(String, String?, String)]
    )
    func refused(key: String, value: String?, reason: String) throws {
        let copy = try ModelCopy("deberta-classifier")
        try copy.set([key: value], in: "config.json")
        let error = try #require(copy.error())
        #expect(error.path.hasSuffix("/config.json") && error.reason.contains(reason), "\(error)")
    }

    @Test("Neither another masked-LM head nor a cut at punctuation is taken for the known one")
    func refusedParts() throws {
        let head = try ModelCopy("deberta-masked-lm")
        try head.set(["legacy": "false"], in: "config.json")
        #expect(head.error()?.reason.hasPrefix("legacy is false") == true)
        let cut = try ModelCopy("deberta-classifier")
        try cut.set(["split_by_punct": "true"], in: "tokenizer_config.json")
        #expect(cut.error()?.reason.contains("split_by_punct") == true)
    }

    @Test("A text's scores are the same bits alone and in a batch, whatever the numbers", arguments: Precision.allCases)
    func batches(precision: Precision) throws {
        let model = try Model(directory: goldenPath("deberta-classifier"), kernels: .ofTests(), precision: precision)
        try expectSameBitsInBatches(model)
    }
}

/// Expects of texts of many lengths that each has the logits in a batch that it has alone.
func expectSameBitsInBatches(_ model: Model, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let classifier = try Classifier(model: model)
    var random = SplitMix(state: 3)
    let texts = [1, 2, 7, 16, 17, 63, 64, 65, 100, 119].map { length in
        (0..<length).map { _ in Int32.random(in: 0..<Int32(model.tokenizer.vocabulary.count), using: &random) }
    }
    let together = classifier.logits(TokenBatch(texts))
    let alone = texts.flatMap { classifier.logits(TokenBatch([$0])) }
    #expect(together == alone && alone.allSatisfy(\.isFinite), sourceLocation: sourceLocation)
}
