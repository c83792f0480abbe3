// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Bert

/// The files behind the tokenizer's tests, and tokenizers that several suites share.
enum Fixtures {
    /// `Tests/BertTests/Golden/tokenizer`
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Golden/tokenizer").path
    /// bert-base-uncased's vocabulary in a `vocab.txt`.
    static let uncased = Result { () throws(ModelError) in try Tokenizer(directory: "\(folder)/uncased") }

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
