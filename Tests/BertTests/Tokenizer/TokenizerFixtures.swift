// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import Testing

@testable import Bert

/// The files behind the tokenizer's tests, and tokenizers that several suites share.
enum Fixtures {
    /// `Tests/BertTests/Golden/tokenizer`
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Golden/tokenizer").path
    /// bert-base-uncased's vocabulary in a `vocab.txt`.
    static let uncased = Result { () throws(FileError) in try Tokenizer(directory: "\(folder)/uncased") }

    /// The JSON in a file of the folder.
    static func json<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
        try JSONDecoder().decode(type, from: Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
    }
}

/// A model directory that lasts as long as a test.
final class TemporaryDirectory: Sendable {
    let path: String

    init(_ files: [String: String]) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("tokenizer-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, content) in files { try Data(content.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Files of the smallest directories.
enum TokenizerFiles {
    static let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##b\nA\n"

    /// A `tokenizer.json`, each part as given.
    static func json(
        _ vocab: String = ###"{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4,"a":5,"b":6,"##b":7,"A":8}"###,
        normalizer: String = #"{"type":"BertNormalizer","lowercase":false}"#,
        preTokenizer: String = #"{"type":"BertPreTokenizer"}"#,
        postProcessor: String = #"{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]}"#,
        decoder: String = ###"{"type":"WordPiece","prefix":"##","cleanup":true}"###,
        added: String = "[]",
        model: String =
            ###""type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100"###
    ) -> String {
        """
        {"version":"1.0","truncation":{"max_length":2},"padding":null,"added_tokens":\(added),"normalizer":\(normalizer),
         "pre_tokenizer":\(preTokenizer),"post_processor":\(postProcessor),"decoder":\(decoder),
         "model":{\(model),"vocab":\(vocab)}}
        """
    }
}
