// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import Testing

@testable import Bert

/// Directories that no tokenizer can be made of.
@Suite struct TokenizerRefusalTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let what: String
        let kind: FileError.Kind
        let file: String
        let says: String
        let files: [String: String]
        var testDescription: String { what }

        init(_ what: String, _ kind: FileError.Kind, _ file: String, _ says: String, _ files: [String: String]) {
            (self.what, self.kind, self.file, self.says, self.files) = (what, kind, file, says, files)
        }

        /// One in `tokenizer.json`.
        init(_ what: String, _ kind: FileError.Kind, _ says: String, _ json: String, _ config: String = "{}") {
            self.init(what, kind, "/tokenizer.json", says, ["tokenizer.json": json, "tokenizer_config.json": config])
        }
    }

    private static let fast = #"{"tokenizer_class": "PreTrainedTokenizerFast"}"#
    static let refusals: [Refusal] = [
        Refusal("no files", .missing, "", "neither tokenizer.json nor vocab.txt", [:]),
        Refusal(
            "no tokenizer.json",
            .missing,
            "/tokenizer.json",
            "needed",
            [
                "vocab.txt": TokenizerFiles.vocabulary, "tokenizer_config.json": fast,
            ]
        ),
        Refusal(
            "another class",
            .unsupported,
            "/tokenizer_config.json",
            "\"BertJapaneseTokenizer\"",
            [
                "vocab.txt": TokenizerFiles.vocabulary,
                "tokenizer_config.json": #"{"tokenizer_class": "BertJapaneseTokenizer"}"#,
            ]
        ),
        Refusal(
            "broken config",
            .invalid,
            "/tokenizer_config.json",
            "",
            [
                "vocab.txt": TokenizerFiles.vocabulary, "tokenizer_config.json": "{",
            ]
        ),
        Refusal(
            "a switch of another type",
            .invalid,
            "/tokenizer_config.json",
            "do_lower_case",
            [
                "vocab.txt": TokenizerFiles.vocabulary, "tokenizer_config.json": #"{"do_lower_case": "yes"}"#,
            ]
        ),
        Refusal("empty vocab.txt", .invalid, "/vocab.txt", "empty", ["vocab.txt": ""]),
        Refusal("no [UNK]", .invalid, "/vocab.txt", "\"[UNK]\"", ["vocab.txt": "[CLS]\n[SEP]\n"]),
        Refusal("no [CLS]", .invalid, "/vocab.txt", "\"[CLS]\"", ["vocab.txt": "[UNK]\n[SEP]\n"]),
        Refusal("no [SEP]", .invalid, "/vocab.txt", "\"[SEP]\"", ["vocab.txt": "[UNK]\n[CLS]\n"]),
        Refusal("a piece twice", .invalid, "/vocab.txt", "twice", ["vocab.txt": "[UNK]\n[CLS]\n[SEP]\na\na\n"]),
        Refusal(
            "a piece too long",
            .invalid,
            "/vocab.txt",
            "piece 3",
            [
                "vocab.txt": "[UNK]\n[CLS]\n[SEP]\n" + String(repeating: "a", count: 1025)
            ]
        ),
        Refusal(
            "an extra token that is not there",
            .invalid,
            "/vocab.txt",
            "\"<x>\"",
            [
                "vocab.txt": TokenizerFiles.vocabulary, "tokenizer_config.json": #"{"extra_special_tokens": ["<x>"]}"#,
            ]
        ),
        Refusal("not JSON", .invalid, "", "{\"model\": {\"vocab\": "),
        Refusal("not an object", .invalid, "", "[]"),
        Refusal("a key twice", .invalid, "twice", TokenizerFiles.json(#"{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"a":4}"#)),
        Refusal(
            "an id twice",
            .invalid,
            "both have id 2",
            TokenizerFiles.json(#"{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":2}"#)
        ),
        Refusal("a gap", .invalid, "not contiguous", TokenizerFiles.json(#"{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":4}"#)),
        Refusal("a negative id", .invalid, "the id -1", TokenizerFiles.json(#"{"[UNK]":0,"[CLS]":-1}"#)),
        Refusal(
            "a huge id",
            .invalid,
            "the id 99999999999999999999",
            TokenizerFiles.json(#"{"[UNK]":99999999999999999999}"#)
        ),
        Refusal("a broken id", .invalid, "the id 1.5", TokenizerFiles.json(#"{"[UNK]":1.5}"#)),
        Refusal("an id that is text", .invalid, "the id \"0\"", TokenizerFiles.json(#"{"[UNK]":"0"}"#)),
        Refusal("half a surrogate pair", .invalid, "surrogate", TokenizerFiles.json(#"{"\ud800":0}"#)),
        Refusal("an open string", .invalid, "", #"{"model":{"vocab":{"a"#),
        Refusal("a vocabulary that is a list", .invalid, "model.vocab", TokenizerFiles.json(#"[["a", 0]]"#)),
        Refusal(
            "WordLevel",
            .unsupported,
            "\"WordLevel\"",
            TokenizerFiles.json("{}", model: #""type":"WordLevel""#)
        ),
        Refusal("BPE", .unsupported, "\"BPE\"", TokenizerFiles.json("{}", model: #""type":"BPE","merges":[]"#)),
        Refusal("BPE without a name", .unsupported, "\"BPE\"", TokenizerFiles.json("{}", model: #""merges":[]"#)),
        Refusal(
            "a model without its fields",
            .invalid,
            "unk_token",
            TokenizerFiles.json(model: #""type":"WordPiece""#)
        ),
        Refusal(
            "words too long",
            .unsupported,
            "max_input_chars_per_word",
            TokenizerFiles.json(
                model: #""unk_token":"[UNK]","continuing_subword_prefix":"","max_input_chars_per_word":1000000"#
            )
        ),
        Refusal("NFC", .unsupported, "normalizer \"NFC\"", TokenizerFiles.json(normalizer: #"{"type":"NFC"}"#)),
        Refusal(
            "a sequence of normalizers",
            .unsupported,
            "normalizer \"Lowercase\"",
            TokenizerFiles.json(
                normalizer: #"""
                    {"type":"Sequence","normalizers":[{"type":"BertNormalizer"},{"type":"Lowercase"}]}
                    """#
            )
        ),
        Refusal(
            "ByteLevel",
            .unsupported,
            "pre_tokenizer \"ByteLevel\"",
            TokenizerFiles.json(preTokenizer: #"{"type":"ByteLevel"}"#)
        ),
        Refusal("no pre-tokenizer", .unsupported, "pre_tokenizer \"null\"", TokenizerFiles.json(preTokenizer: "null")),
        Refusal(
            "another post-processor",
            .unsupported,
            "\"ByteLevel\"",
            TokenizerFiles.json(postProcessor: #"{"type":"ByteLevel","trim_offsets":false}"#)
        ),
        Refusal(
            "another template",
            .unsupported,
            "TemplateProcessing",
            TokenizerFiles.json(
                postProcessor: #"""
                    {"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{}}
                    """#
            )
        ),
        Refusal("no post-processor", .unsupported, "post_processor", TokenizerFiles.json(postProcessor: "null"), fast),
        Refusal(
            "a frame without ids",
            .invalid,
            "no token has id 77",
            TokenizerFiles.json(
                postProcessor: #"{"type":"BertProcessing","sep":["[SEP]",77],"cls":["[CLS]",2]}"#
            ),
            fast
        ),
        Refusal(
            "another decoder",
            .unsupported,
            "decoder \"CTC\"",
            TokenizerFiles.json(decoder: #"{"type":"CTC"}"#)
        ),
        Refusal(
            "an added token with a piece's id",
            .invalid,
            "should have 9",
            TokenizerFiles.json(
                added: #"[{"id":5,"content":"<x>"}]"#
            )
        ),
        Refusal(
            "an added token far behind",
            .invalid,
            "should have 9",
            TokenizerFiles.json(added: #"[{"id":99,"content":"<x>"}]"#)
        ),
        Refusal(
            "a piece added with another id",
            .invalid,
            "should have 5",
            TokenizerFiles.json(added: #"[{"id":9,"content":"a"}]"#)
        ),
        Refusal(
            "an added token of accents only",
            .invalid,
            "empty once normalised",
            TokenizerFiles.json(
                added: #"[{"id":9,"content":"\u0301"}]"#
            )
        ),
        Refusal(
            "added tokens that look the same",
            .invalid,
            "look the same",
            TokenizerFiles.json(
                added: #"[{"id":9,"content":"Ab"},{"id":10,"content":"aB"}]"#
            )
        ),
    ]

    @Test("What cannot be used is refused, with the file and the reason", arguments: refusals)
    func refused(refusal: Refusal) throws {
        let directory = try TemporaryDirectory(refusal.files)
        let error = #expect(throws: FileError.self) { try Tokenizer(directory: directory.path) }
        #expect(error?.kind == refusal.kind)
        #expect(error?.path == directory.path + refusal.file)
        #expect(refusal.says.isEmpty || error?.reason.contains(refusal.says) == true, "\(error?.description ?? "")")
    }

    @Test("A file that is not UTF-8, or no file at all, is refused")
    func notText() throws {
        let directory = try TemporaryDirectory(["tokenizer_config.json": "{}"])
        try Data([0x61, 0xFF, 0x0A]).write(to: URL(fileURLWithPath: "\(directory.path)/vocab.txt"))
        #expect(throws: FileError(.invalid, path: "\(directory.path)/vocab.txt", "is not UTF-8")) {
            try Tokenizer(directory: directory.path)
        }
        try FileManager.default.removeItem(atPath: "\(directory.path)/vocab.txt")
        try FileManager.default.createDirectory(
            atPath: "\(directory.path)/vocab.txt",
            withIntermediateDirectories: false
        )
        #expect(throws: FileError(.invalid, path: "\(directory.path)/vocab.txt", "is not a regular file")) {
            try Tokenizer(directory: directory.path)
        }
    }

    @Test("Any beginning of a tokenizer.json is refused, not trapped on")
    func cutShort() throws {
        let bytes = Array(TokenizerFiles.json().utf8)
        for count in bytes.indices {
            let json = VocabularyJSON(Array(bytes[..<count]), path: "")
            _ = try? json.locate().map { range throws(FileError) in try json.read(range) }
        }
    }
}
