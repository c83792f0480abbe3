// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

/// What MPNet alone has, against transformers: `Golden/mpnet/make_golden.py` says which version.
@Suite struct MPNetTests {
    private struct Tokenizers: Decodable {
        struct Variant: Decodable {
            struct Decoded: Decodable {
                let text: String
                let skipped: String
            }

            let name: String
            let files: [String: String]
            let ids: [[Int32]]
            let decoded: [Decoded]
        }

        let pieces: [String]
        let texts: [String]
        let variants: [Variant]
    }

    private static func golden<Content: Decodable>(_ name: String, _: Content.Type) throws -> Content {
        try JSONDecoder().decode(Content.self, from: Data(contentsOf: URL(filePath: goldenPath("mpnet/\(name)"))))
    }

    @Test("A distance falls into the bucket that transformers puts it in")
    func buckets() throws {
        let buckets = try Self.golden("buckets.json", [Int].self)
        #expect((-600...600).map(RelativeBias.bucket) == buckets)
    }

    @Test("A bias spread out over distances is the table's row of their bucket, for every head and query")
    func bias() {
        let (heads, reach) = (3, 150)
        let table = (0..<RelativeBias.buckets * heads).map { Float($0) }
        let bias = RelativeBias(table: table, heads: heads, reach: reach, factor: 0.5)
        for (head, query) in [(0, 0), (1, 77), (2, reach - 1)] {
            let row = bias.row(head: head, query: query)
            for key in 0..<reach {
                #expect(row[key] == 0.5 * table[RelativeBias.bucket(of: key - query) * heads + head])
            }
        }
    }

    @Test(
        "Directories with a vocabulary, with tokenizer.json, and with either's settings, give transformers' ids and texts"
    )
    func tokenizers() throws {
        let golden = try Self.golden("tokenizers.json", Tokenizers.self)
        #expect(golden.variants.count == 9)
        for variant in golden.variants {
            var files = variant.files
            if let json = files["tokenizer.json"] {
                let vocabulary = try golden.pieces.enumerated().map { id, piece in
                    try String(decoding: JSONEncoder().encode(piece), as: UTF8.self) + ": \(id)"
                }
                files["tokenizer.json"] = json.replacing(
                    "\"vocab\": {}",
                    with: "\"vocab\": {\(vocabulary.joined(separator: ", "))}"
                )
            } else {
                files["vocab.txt"] = golden.pieces.joined(separator: "\n") + "\n"
            }
            files["config.json"] = #"{"model_type": "mpnet"}"#
            let directory = try TemporaryDirectory(files)
            let tokenizer = try Tokenizer(directory: directory.path)
            #expect(tokenizer.maskID == 951 && tokenizer.padID == 1, "\(variant.name)")
            for (text, (ids, decoded)) in zip(golden.texts, zip(variant.ids, variant.decoded)) {
                let encoding = tokenizer.encoding(of: text, within: TextLimit(maxTokens: 512, truncation: .head))
                #expect(encoding?.sequences == [ids], "\(variant.name): \(text)")
                #expect(tokenizer.decode(ids, skippingSpecialTokens: false) == decoded.text, "\(variant.name)")
                #expect(tokenizer.decode(ids, skippingSpecialTokens: true) == decoded.skipped, "\(variant.name)")
            }
        }
    }

    @Test("A mask token stands where tokenizers says, without the space that it takes before it")
    func placeOfMask() throws {
        let tokenizer = try Tokenizer(directory: goldenPath("mpnet-classifier"))
        // tokenizers 0.23.
        #expect(tokenizer.encodeWithPlaces("a <mask>b <mask>").tokens.places == [0..<1, 2..<8, 8..<9, 10..<16])
    }

    @Test("A word without pieces keeps its place, whatever it begins with")
    func placeOfUnknown() throws {
        let tokenizer = try Tokenizer(directory: goldenPath("mpnet-classifier"))
        // tokenizers 0.23: the letter is what byte-level BPE has for a space.
        #expect(tokenizer.encodeWithPlaces("«ĠÞ").tokens.places == [0..<2, 2..<6])
    }

    @Test("The longest text is as long as there are positions behind the padding's")
    func longestText() throws {
        let model = try Model(directory: goldenPath("mpnet-classifier"), kernels: .ofTests())
        #expect(model.maxTokens == 200)
        #expect(try Architecture.positions(directory: goldenPath("mpnet-model")) == 200)
        let longest = [0] + [Int32](repeating: 9, count: 198) + [2]
        #expect(try Classifier(model: model).logits(TokenBatch([longest])).allSatisfy(\.isFinite))
    }

    @Test("An encoder saved bare under the name of a class with a head has its features, and no head")
    func bareUnderAnotherName() throws {
        let copy = try ModelCopy("mpnet-model")
        try copy.set(["architectures": #"["MPNetForMaskedLM"]"#], in: "config.json")
        let model = try Model(directory: copy.path, kernels: .ofTests())
        let named = try Model(directory: goldenPath("mpnet-model"), kernels: .ofTests())
        let ids: [Int32] = [0, 20, 30, 40, 2]
        #expect(FeatureExtractor(model: model).features(ids) == FeatureExtractor(model: named).features(ids))
        let error = #expect(throws: FileError.self) { try MaskedLanguageModel(model: model) }
        #expect(error?.reason.contains("holds MPNetModel, which has no masked-LM head") == true)
        #expect(throws: FileError.self) { try Classifier(model: model) }
    }

    @Test("A masked LM fills MPNet's mask token", arguments: Precision.allCases)
    func fillMask(precision: Precision) throws {
        let model = try Model(directory: goldenPath("mpnet-masked-lm"), kernels: .ofTests(), precision: precision)
        let ids = try #require(
            model.tokenizer.encoding(of: "a <mask> b", within: TextLimit(maxTokens: 20, truncation: .head))
        ).sequences[
            0
        ]
        let filled = try MaskedLanguageModel(model: model).fill(ids, count: 3)
        #expect(filled.count == 1 && filled[0].count == 3)
        #expect(filled.joined().allSatisfy { $0.sequence.hasPrefix("a ") && $0.sequence.hasSuffix(" b") })
    }
}
