// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

/// The reader of `sentencepiece.bpe.model`; `UnigramTests` compares what comes of a whole one.
@Suite struct SentencePieceModelTests {
    private static let whole = Result {
        Array(try Data(contentsOf: URL(filePath: goldenPath("xlm-roberta/sentencepiece.bpe.model"))))
    }

    /// A piece, as a field of the model.
    private static func piece(_ text: [UInt8], _ more: [UInt8] = []) -> [UInt8] {
        let message = [0x0A, UInt8(text.count)] + text + more
        return [0x0A, UInt8(message.count)] + message
    }

    @Test("Pieces and scores come in the file's order; fields that are not known are passed over")
    func fields() throws {
        let bytes =
            [0x98, 0x06, 0x05] + Self.piece([0x61], [0x15, 0, 0, 0x20, 0xC0]) + [0x12, 2, 0x18, 1]
            + Self.piece([0x62], [0x18, 2, 0x21] + [UInt8](repeating: 7, count: 8))
        let model = try SentencePieceModel(bytes, path: "m")
        #expect(model.pieces.count == 2 && Array(model.pieces[1]) == [0x62])
        #expect(model.scores == [-2.5, 0] && model.characterMap.isEmpty)
    }

    @Test(
        "What is no such model is refused",
        arguments: [
            ([], "no pieces"), ([0x0A], "cut short"), ([0x0A, 5, 0x0A], "cut short"), ([0x0B], "wire type 3"),
            ([UInt8](repeating: 0xFF, count: 12), "too long"), (piece([0xFF]), "not UTF-8"),
            (piece([0x61], [0x15, 0, 0, 0xC0, 0x7F]), "score of piece 0"),
            ([0x12, 2, 0x18, 2] + piece([0x61]), "another type than unigram"), (piece([0x61], [0x15, 0]), "cut short"),
        ] as [([UInt8], String)]
    )
    func refused(bytes: [UInt8], says: String) {
        let error = #expect(throws: FileError.self) { try SentencePieceModel(bytes, path: "m") }
        #expect(error?.path == "m" && error?.reason.contains(says) == true, "\(error?.reason ?? "")")
    }

    @Test("A damaged file is an error that names it, or a tokenizer that tokenises")
    func damage() throws {
        var random = SplitMix(state: 22)
        let config = #"{"model_type":"xlm-roberta"}"#
        let directory = try TemporaryDirectory(["config.json": config])
        let path = "\(directory.path)/sentencepiece.bpe.model"
        let whole = try Self.whole.get()
        for _ in 0..<400 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            try Data(bytes).write(to: URL(filePath: path))
            do throws(FileError) {
                let tokenizer = try Tokenizer(directory: directory.path)
                let tokens = tokenizer.encodeWithPlaces("Hello e\u{301} \u{FB01}ne \u{3314}, <mask> \u{200B} great")
                    .tokens
                #expect(tokens.ids.allSatisfy { (0..<Int32(tokenizer.vocabulary.count)).contains($0) })
                #expect(tokens.ids.count == tokens.places.count)
            } catch {
                #expect(error.path == path)
            }
        }
    }

    @Test("A directory without a vocabulary says which file is missing")
    func missing() throws {
        let directory = try TemporaryDirectory(["config.json": #"{"model_type":"camembert"}"#])
        let error = #expect(throws: FileError.self) { try Tokenizer(directory: directory.path) }
        #expect(error?.reason.contains("neither tokenizer.json nor sentencepiece.bpe.model") == true)
    }
}
