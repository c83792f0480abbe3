// SPDX-License-Identifier: Apache-2.0
import Foundation

@testable import Bert

/// Parsers of model directories.
extension Parser {
    static let safetensors = Parser(name: "safetensors") { weights($0, isTorch: false) }

    /// The zip archive, the pickle in it, and the tensors' places.
    static let torch = Parser(name: "torch") { bytes in
        weights(bytes, isTorch: true)
        // Without the archive around it, a pickle is found much sooner.
        var unpickler = Unpickler(pickle: bytes, path: "memory")
        _ = try? unpickler.stateDictionary()
    }

    static let config = Parser(name: "config") { bytes in
        guard let architecture = try? Architecture(file: MappedFile(path: "memory", data: Data(bytes))) else { return }
        precondition(architecture.width > 0 && architecture.width % architecture.heads == 0)
        precondition(architecture.task != .sequenceClassification || !architecture.labels.isEmpty)
    }

    /// All files that a tokenizer is made of.
    static let tokenizer = Parser(name: "tokenizer") { bytes in
        let parts = bytes.parts(3)
        let files = [
            "tokenizer.json": parts[0], "tokenizer_config.json": parts[1], "special_tokens_map.json": parts[2],
        ]
        guard let tokenizer = try? Tokenizer(directory: Scratch.holding(files)) else { return }
        check(tokenizer, Array("[CLS] Naïve users love\u{0} it! \u{1F600} 中文 unaffable".utf8))
    }

    static let vocabulary = Parser(name: "vocabulary") { bytes in
        // Files that are not UTF-8 are refused before they are parsed.
        let text = Array(String(decoding: bytes, as: UTF8.self).utf8)
        guard let pieces = try? VocabularyText.read(text, path: "memory"),
            let vocabulary = try? Vocabulary(pieces: pieces)
        else { return }
        for id in 0..<Int32(vocabulary.count) {
            let token = vocabulary.token(of: id)
            // An empty one is never found.
            precondition(token.isEmpty || vocabulary.id(of: token) == id)
        }
    }

    /// Texts of any bytes, with a vocabulary of some size.
    static let wordPiece = Parser(name: "wordpiece") { bytes in
        check(sampleTokenizer, bytes)
        check(sampleTokenizer, Array(String(decoding: bytes, as: UTF8.self).utf8))
    }

    private static let sampleTokenizer: Tokenizer = {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let path = tests.appending(path: "BertTests/Golden/bert-classifier").path
        guard let tokenizer = try? Tokenizer(directory: path) else { fatalError("\(path) holds no tokenizer") }
        return tokenizer
    }()

    private static func weights(_ bytes: [UInt8], isTorch: Bool) {
        let file = MappedFile(path: "memory", data: Data(bytes))
        guard let weights = try? Weights(file: file, isTorch: isTorch) else { return }
        for name in weights.names {
            guard let shape = weights.shape(of: name), let floats = try? weights.floats(name, shape: shape) else {
                continue
            }
            precondition(floats.count == shape.reduce(1, *))
        }
    }

    /// Ids are in the vocabulary, and a limit gives the beginning of what comes without one.
    private static func check(_ tokenizer: Tokenizer, _ text: [UInt8]) {
        text.withUnsafeBufferPointer { text in
            var all: [Int32] = []
            var some: [Int32] = []
            precondition(!tokenizer.encode(text, limit: .max, into: &all))
            let isCut = tokenizer.encode(text, limit: 5, into: &some)
            precondition(all.allSatisfy { (0..<Int32(tokenizer.vocabulary.count)).contains($0) })
            precondition(some == Array(all.prefix(5)) && isCut == (all.count > 5))
            _ = tokenizer.tokens(of: all)
        }
    }
}
