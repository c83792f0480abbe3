// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

/// Unigram models against transformers: `Golden/xlm-roberta/make_golden.py` says which version.
@Suite struct UnigramTests {
    private static let golden = Result { try TokenizerGolden("xlm-roberta/tokenizers.json") }

    @Test("There are variants to compare with")
    func present() throws {
        #expect(try Self.golden.get().variants.count == 8)
    }

    @Test(
        "sentencepiece.bpe.model and tokenizer.json give transformers' ids, places and texts",
        arguments: (try? golden.get().variants) ?? []
    )
    func variants(variant: TokenizerGolden.Variant) throws { try Self.golden.get().expectSame(variant) }

    @Test("A long text is taken in parts, and its beginning is what it is without a limit")
    func longText() throws {
        let tokenizer = try Tokenizer(directory: goldenPath("xlm-roberta-classifier"))
        for text in [
            String(repeating: "great and sad, ", count: 2_000), String(repeating: "great", count: 20_000),
            String(repeating: "e\u{301} \u{200B}!", count: 3_000),
        ] {
            let ids = tokenizer.encode(text)
            #expect(tokenizer.encodeWithPlaces(text).tokens.ids == ids)
            #expect(tokenizer.encode(text, limit: 100) == Array(ids.prefix(100)))
        }
    }

    @Test(
        "What stands before a letter may be of its cluster, which is then too long to be replaced",
        arguments: [
            // tokenizers 0.23.
            ("ae\u{301}", [13, 76]), ("\u{601}e\u{301}", [4, 3, 12, 3]), ("a\u{6DD}e\u{301} b", [13, 3, 12, 3, 35]),
        ] as [(String, [Int32])]
    )
    func clusters(text: String, ids: [Int32]) throws {
        #expect(try Tokenizer(directory: goldenPath("xlm-roberta-classifier")).encode(text) == ids)
    }

    @Test("A piece says whether it begins a word")
    func text() throws {
        let tokenizer = try Tokenizer(directory: goldenPath("xlm-roberta-classifier"))
        let encoding = tokenizer.encoding(of: "great", within: TextLimit(maxTokens: 20, truncation: .head))
        #expect(tokenizer.coverage().share(of: encoding?.sequences ?? [], in: "great") ?? 0 > 0.5)
    }

    private static let json = """
        {"added_tokens":[],"normalizer":null,
         "pre_tokenizer":{"type":"Metaspace","replacement":"\u{2581}","prepend_scheme":"always"},
         "post_processor":{"type":"RobertaProcessing","sep":["</s>",1],"cls":["<s>",0]},
         "decoder":{"type":"Metaspace","replacement":"\u{2581}","prepend_scheme":"always"},
         "model":{"type":"Unigram","unk_id":2,"vocab":[["<s>",0],["</s>",0.0],["<unk>",0],["\u{2581}a",-1],["b",-2.5]]}}
        """

    @Test(
        "What a unigram model cannot be made of is refused by its field",
        arguments: [
            (#""unk_id":2"#, #""unk_id":5"#, "unk_id is 5"), (#""unk_id":2"#, #""unk_id":-1"#, "unk_id is -1"),
            (#""unk_id":2"#, #""unk_id":null"#, "unk_id"), (#"["b",-2.5]"#, #"["b"]"#, "entry 4"),
            (#"["b",-2.5]"#, #"["b","c"]"#, "entry 4"), (#"["b",-2.5]"#, #"["b",1e999]"#, "entry 4"),
            (#"["b",-2.5]"#, #"["b",1,2]"#, "entry 4"), (#"["b",-2.5]"#, #"["</s>",1]"#, "there twice"),
            (#"["b",-2.5]"#, "7", "entry 4"),
            (#""normalizer":null"#, #""normalizer":{"type":"NFKC"}"#, "NFKC"),
            (#""normalizer":null"#, #""normalizer":{"type":"BertNormalizer","lowercase":true}"#, "BertNormalizer"),
            (#""normalizer":null"#, #""normalizer":{"type":"Precompiled"}"#, "precompiled_charsmap"),
            (#""normalizer":null"#, charsmap("?"), "precompiled_charsmap"),
            (#""normalizer":null"#, charsmap("AAAA"), "precompiled_charsmap"),
            (#""normalizer":null"#, charsmap("/////wAAAAA="), "precompiled_charsmap"),
            (#""normalizer":null"#, charsmap("BAAAAAAAAAD/"), "not UTF-8"),
            (
                #""normalizer":null"#, charsmap("BAAAAAAAAABh" + String(repeating: "YWFh", count: 100)),
                "more than 256"
            ),
            (
                #""normalizer":null"#, #""normalizer":{"type":"Replace","pattern":{"Regex":"a+"},"content":""}"#,
                "Replace of a+"
            ),
            (#"{"type":"Metaspace","#, #"{"type":"ByteLevel","#, "ByteLevel"),
            (#""prepend_scheme":"always""#, #""prepend_scheme":"often""#, "often"),
            ("\"replacement\":\"\u{2581}\"", #""replacement":"_""#, "Metaspace"),
        ]
    )
    func refused(part: String, replacement: String, says: String) throws {
        let config = #"{"tokenizer_class":"PreTrainedTokenizerFast","unk_token":"<unk>"}"#
        func tokenizer(_ json: String) throws -> Tokenizer {
            let directory = try TemporaryDirectory(["tokenizer.json": json, "tokenizer_config.json": config])
            return try Tokenizer(directory: directory.path)
        }
        #expect(try tokenizer(Self.json).encode("ab xb") == [3, 4, 2, 4])
        let error = #expect(throws: FileError.self) { try tokenizer(Self.json.replacing(part, with: replacement)) }
        #expect(
            error?.path.hasSuffix("/tokenizer.json") == true && error?.reason.contains(says) == true,
            "\(error?.reason ?? "")"
        )
    }

    private static func charsmap(_ text: String) -> String {
        #""normalizer":{"type":"Precompiled","precompiled_charsmap":"\#(text)"}"#
    }
}
