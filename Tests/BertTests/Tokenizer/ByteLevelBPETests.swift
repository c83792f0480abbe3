// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

/// Byte-level BPE against transformers: `Golden/roberta/make_golden.py` says which version.
@Suite struct ByteLevelBPETests {
    private static let golden = Result { try TokenizerGolden("roberta/tokenizers.json") }

    @Test("There are variants to compare with")
    func present() throws {
        #expect(try Self.golden.get().variants.count == 10)
    }

    @Test(
        "vocab.json with merges.txt, and tokenizer.json in both layouts, give transformers' ids, places and texts",
        arguments: (try? golden.get().variants) ?? []
    )
    func variants(variant: TokenizerGolden.Variant) throws { try Self.golden.get().expectSame(variant) }

    @Test("A long word, whose pairs wait in a heap, merges as a short one, all of whose pairs are looked at")
    func longWords() {
        var random = SplitMix(state: 5)
        var table = MergeTable(capacity: 300)
        for rank in 0..<300 {
            let (left, right) = (Int32.random(in: 0..<40, using: &random), Int32.random(in: 0..<40, using: &random))
            table.insert(left, right, rank: rank, id: Int32.random(in: 0..<40, using: &random))
        }
        for count in [2, 3, 30, 48, 49, 50, 200, 600] {
            var merger = SymbolMerger()
            merger.symbols = (0..<count).map { _ in Int32.random(in: 0..<40, using: &random) }
            var slow = merger.symbols
            table.withLookup { lookup in
                merger.merge(by: lookup)
                while let best = slow.indices.dropLast().map({ lookup.merge(slow[$0], slow[$0 + 1]) }).min(),
                    best != MergeTable.none,
                    let at = slow.indices.dropLast().first(where: { lookup.merge(slow[$0], slow[$0 + 1]) == best })
                {
                    slow.replaceSubrange(at...at + 1, with: [Int32(truncatingIfNeeded: best)])
                }
            }
            #expect(merger.symbols == slow, "\(count)")
        }
    }

    @Test(
        "A text of one word of a hundred thousand letters takes a moment, and its beginning is what it is without a limit"
    )
    func longText() throws {
        let tokenizer = try Tokenizer(directory: goldenPath("roberta-classifier"))
        let text = String(repeating: "great", count: 20_000)
        let ids = tokenizer.encode(text)
        #expect(tokenizer.encode(text, limit: 100) == Array(ids.prefix(100)))
        #expect(tokenizer.decode(ids, skippingSpecialTokens: false) == text)
    }

    @Test("Letters of a script that has no pieces of its own are not covered; emoji do not count")
    func coverage() throws {
        let tokenizer = try Tokenizer(directory: goldenPath("roberta-classifier"))
        let coverage = tokenizer.coverage()
        func share(_ text: String) -> Float? {
            let limit = TextLimit(maxTokens: 200, truncation: .head)
            return coverage.share(of: tokenizer.encoding(of: text, within: limit)?.sequences ?? [], in: text)
        }
        #expect(share("the movie was great") ?? 0 > 0.5)
        #expect(share("\u{4F60}\u{597D}\u{4E16}\u{754C}") == 0)
        #expect(share("\u{1FAE0}\u{1FAE0}") == nil)
    }

    private static let json = """
        {"added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},
         "post_processor":{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",0]},"decoder":{"type":"ByteLevel"},
         "model":{"type":"BPE","vocab":{"<s>":0,"<unk>":1,"</s>":2,"a":3,"b":4,"ab":5},"merges":[["a","b"]]}}
        """

    @Test(
        "What byte-level BPE cannot be made of is refused by its field",
        arguments: [
            (#"[["a","b"]]"#, #"[["a","c"]]"#, "\"c\""), (#"[["a","b"]]"#, #"["a c"]"#, "\"c\""),
            (#"[["a","b"]]"#, #"[["b","a"]]"#, "\"ba\""), (#"[["a","b"]]"#, #"[["a","b","c"]]"#, "merge 0"),
            (#"[["a","b"]]"#, #"["ab"]"#, "merge 0"), (#"[["a","b"]]"#, #"{"a":"b"}"#, "model.merges"),
            (#"[["a","b"]]"#, "7", "model.merges"), (#","merges":[["a","b"]]"#, "", "model.merges"),
            (#""merges""#, #""dropout":0.1,"merges""#, "dropout"),
            (#""merges""#, #""end_of_word_suffix":"</w>","merges""#, "end_of_word_suffix"),
            (#""merges""#, #""continuing_subword_prefix":"@","merges""#, "continuing_subword_prefix"),
            (#""merges""#, #""byte_fallback":true,"merges""#, "byte_fallback"),
            (#""add_prefix_space":false"#, #""add_prefix_space":false,"use_regex":false"#, "use_regex"),
            (#"{"type":"ByteLevel","add_prefix_space":false}"#, #"{"type":"BertPreTokenizer"}"#, "BertPreTokenizer"),
            (#"{"type":"ByteLevel"}"#, #"{"type":"CTC"}"#, "\"CTC\""),
            (#","<unk>":1"#, #","x":1"#, "\"<unk>\""),
        ]
    )
    func refused(part: String, replacement: String, says: String) throws {
        let config = #"{"tokenizer_class":"PreTrainedTokenizerFast","unk_token":"<unk>"}"#
        func tokenizer(_ json: String) throws -> Tokenizer {
            let directory = try TemporaryDirectory(["tokenizer.json": json, "tokenizer_config.json": config])
            return try Tokenizer(directory: directory.path)
        }
        #expect(try tokenizer(Self.json).encode("abb") == [5, 4])
        let error = #expect(throws: FileError.self) { try tokenizer(Self.json.replacing(part, with: replacement)) }
        #expect(
            error?.path.hasSuffix("/tokenizer.json") == true && error?.reason.contains(says) == true,
            "\(error?.reason ?? "")"
        )
    }

    @Test(
        "Files beside no tokenizer.json are refused by their names",
        arguments: [
            ([:], "", "vocab.json with merges.txt"), (["vocab.json": "{}"], "/merges.txt", "is needed"),
            (["vocab.json": "[]", "merges.txt": ""], "/vocab.json", "not an object"),
            (["vocab.json": #"{"a":0} x"#, "merges.txt": ""], "/vocab.json", "not JSON"),
            (["vocab.json": #"{"a":1}"#, "merges.txt": ""], "/vocab.json", "not contiguous"),
            (["vocab.json": #"{"a":0}"#, "merges.txt": "#version: 0.2\na b c\n"], "/merges.txt", "merge 0"),
            (["vocab.json": #"{"a":0}"#, "merges.txt": "#version: 0.2\na\n\n"], "/merges.txt", "merge 0"),
            (["vocab.txt": "a"], "", "vocab.json with merges.txt"),
        ] as [([String: String], String, String)]
    )
    func refusedFiles(files: [String: String], file: String, says: String) throws {
        let directory = try TemporaryDirectory(files.merging(["config.json": #"{"model_type":"roberta"}"#]) { $1 })
        let error = #expect(throws: FileError.self) { try Tokenizer(directory: directory.path) }
        #expect(error?.path == directory.path + file && error?.reason.contains(says) == true, "\(error?.reason ?? "")")
    }

    @Test("A class of WordPiece refuses a file of another model, and says what would read it")
    func otherClass() throws {
        let files = ["tokenizer.json": Self.json, "tokenizer_config.json": #"{"tokenizer_class":"BertTokenizer"}"#]
        let directory = try TemporaryDirectory(files)
        let error = #expect(throws: FileError.self) { try Tokenizer(directory: directory.path) }
        #expect(error?.reason.contains("\"BPE\"") == true && error?.reason.contains("PreTrainedTokenizerFast") == true)
    }
}
