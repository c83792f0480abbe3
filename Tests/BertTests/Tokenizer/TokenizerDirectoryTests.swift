// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import Testing

@testable import Bert

@Suite struct TokenizerDirectoryTests {
    private func tokenizer(_ files: [String: String]) throws -> Tokenizer {
        let directory = try TemporaryDirectory(files)
        return try Tokenizer(directory: directory.path)
    }

    @Test("BERT's own classes obey tokenizer_config.json, the general one tokenizer.json")
    func whoWins() throws {
        let files = ["tokenizer.json": TokenizerFiles.json(), "vocab.txt": "broken"]
        #expect(try tokenizer(files).encode("A") == [5])
        var config = files
        config["tokenizer_config.json"] = #"{"do_lower_case": false}"#
        #expect(try tokenizer(config).encode("A") == [8])
        config["tokenizer_config.json"] = #"{"do_lower_case": true, "tokenizer_class": "PreTrainedTokenizerFast"}"#
        #expect(try tokenizer(config).encode("A") == [8])
        config["tokenizer_config.json"] = #"{"do_lower_case": true}"#
        config["config.json"] = #"{"tokenizer_class": "TokenizersBackend"}"#
        #expect(try tokenizer(config).encode("A") == [8])
    }

    @Test(
        "The side that loses tokens is tokenizer_config.json's truncation_side, else tokenizer.json's direction",
        arguments: ["BertTokenizer", "PreTrainedTokenizerFast"]
    )
    func truncationSide(family: String) throws {
        let sides: [(config: String?, json: String?, kept: Truncation)] = [
            (nil, nil, .head), ("left", nil, .tail), ("right", nil, .head), (nil, "Left", .tail), (nil, "Right", .head),
            ("right", "Left", .head), ("left", "Right", .tail),
        ]
        for (config, json, kept) in sides {
            let side = config.map { #""truncation_side": "\#($0)","# } ?? ""
            let direction = json.map { #""max_length":2,"direction":"\#($0)","strategy":"LongestFirst","stride":0"# }
            let file = TokenizerFiles.json().replacing(
                #""truncation":{"max_length":2}"#,
                with: #""truncation":\#(direction.map { "{\($0)}" } ?? "null")"#
            )
            let tokenizer = try tokenizer([
                "tokenizer.json": file, "tokenizer_config.json": #"{\#(side)"tokenizer_class":"\#(family)"}"#,
            ])
            #expect(tokenizer.truncation == kept, "\(config ?? "none"), \(json ?? "none")")
            // Its length is what the program that saved it was asked for, and limits nothing.
            #expect(tokenizer.modelMaxLength == nil)
        }
    }

    @Test("A side that is neither left nor right is refused by its key and its file")
    func unknownSide() throws {
        let config = [
            "vocab.txt": TokenizerFiles.vocabulary, "tokenizer_config.json": #"{"truncation_side": "middle"}"#,
        ]
        let error = #expect(throws: FileError.self) { try tokenizer(config) }
        #expect(error?.path.hasSuffix("/tokenizer_config.json") == true)
        #expect(error?.reason.contains("truncation_side") == true && error?.reason.contains("'middle'") == true)
    }

    @Test("A pipe in the place of a file is refused without waiting for its writer")
    func pipe() throws {
        let directory = try TemporaryDirectory(["vocab.txt": TokenizerFiles.vocabulary])
        for name in ["tokenizer_config.json", "tokenizer.json", "added_tokens.json", "special_tokens_map.json"] {
            let path = "\(directory.path)/\(name)"
            #expect(mkfifo(path, 0o600) == 0)
            let error = #expect(throws: FileError.self) { try Tokenizer(directory: directory.path) }
            #expect(error?.path == path && error?.reason == "is not a regular file")
            try FileManager.default.removeItem(atPath: path)
        }
    }

    @Test("Both directories that transformers saves read the same: tokenizer.json and vocab.txt")
    func sameEitherWay() throws {
        let one = try tokenizer(["tokenizer.json": TokenizerFiles.json()])
        let other = try tokenizer(["vocab.txt": TokenizerFiles.vocabulary])
        for tokenizer in [one, other] {
            #expect(tokenizer.encode("abb [MASK] \u{C0}b [mask]") == [5, 7, 7, 4, 5, 7, 1, 1, 1])
            #expect(tokenizer.clsID == 2 && tokenizer.sepID == 3 && tokenizer.unkID == 1)
            #expect(tokenizer.maskID == 4 && tokenizer.padID == 0)
            #expect(tokenizer.vocabulary.count == 9)
        }
    }

    @Test("The directories of the shared folder, where it is there, read the same with and without tokenizer.json")
    func sharedDirectories() throws {
        let shared = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../../shared").standardized.path
        for name in ["golden/bert-classifier", "golden/distilbert-masked-lm", "models/minilm-senti"] {
            let path = "\(shared)/\(name)"
            guard FileManager.default.fileExists(atPath: "\(path)/tokenizer.json") else { continue }
            let text = try String(contentsOfFile: "\(path)/vocab.txt", encoding: .utf8)
            let config = try String(contentsOfFile: "\(path)/tokenizer_config.json", encoding: .utf8)
            let one = try Tokenizer(directory: path)
            let other = try tokenizer(["vocab.txt": text, "tokenizer_config.json": config])
            #expect(one.vocabulary.count == other.vocabulary.count)
            for text in ["Hello, [MASK] w\u{F6}rld!", "unaffable \u{4E2D}\u{6587}"] {
                #expect(one.encode(text) == other.encode(text))
            }
        }
    }

    @Test(
        "model_max_length counts unless it stands for no limit",
        arguments: [("512", 512), ("1000000000000000019884624838656", nil), ("null", nil), ("1e30", nil)]
    )
    func modelMaxLength(json: String, expected: Int?) throws {
        let files = [
            "vocab.txt": TokenizerFiles.vocabulary, "tokenizer_config.json": #"{"model_max_length": \#(json)}"#,
        ]
        #expect(try tokenizer(files).modelMaxLength == expected)
    }

    @Test("Added tokens get the ids behind the vocabulary, and special_tokens_map.json has the last word on names")
    func addedTokens() throws {
        let files = [
            "vocab.txt": TokenizerFiles.vocabulary, "added_tokens.json": #"{"ab": 9, "<x>": 10}"#,
            "special_tokens_map.json": #"{"mask_token": {"content": "<x>", "lstrip": false}, "extra": 1}"#,
        ]
        let tokenizer = try tokenizer(files)
        #expect(tokenizer.vocabulary.count == 11)
        #expect(tokenizer.maskID == 10)
        #expect(tokenizer.encode("AB<x>") == [9, 10])
        #expect(tokenizer.vocabulary.id(of: "<x>") == 10)
        #expect(tokenizer.decode([9, 10], skippingSpecialTokens: true) == "ab")
    }

    @Test("A mask or padding token that the vocabulary lacks has no id")
    func absentNames() throws {
        let tokenizer = try tokenizer(["vocab.txt": "[UNK]\n[CLS]\n[SEP]\na\n"])
        #expect(tokenizer.maskID == nil && tokenizer.padID == nil)
        #expect(tokenizer.encode("[MASK]") == [0, 0, 0])
    }
}
