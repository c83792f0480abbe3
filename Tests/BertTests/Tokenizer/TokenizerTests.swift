// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Bert

@Suite struct TokenizerTests {
    private struct Golden: Decodable {
        let text: String
        let ids: [Int32]
    }

    private func golden() throws -> [Golden] {
        let lines = try Data(contentsOf: URL(fileURLWithPath: "\(Fixtures.folder)/tokens.jsonl")).split(separator: 0x0A)
        return try lines.map { try JSONDecoder().decode(Golden.self, from: Data($0)) }
    }

    @Test("The ids of 817 texts are those of transformers, cut at 128")
    func golden128() throws {
        let tokenizer = try Fixtures.uncased.get()
        let texts = try golden()
        #expect(texts.count == 817)
        for golden in texts {
            let ids = [tokenizer.clsID] + tokenizer.encode(golden.text, limit: 126) + [tokenizer.sepID]
            #expect(ids == golden.ids, "\(golden.text.debugDescription)")
        }
    }

    @Test("A special token in a text is that token, whatever touches it; only as it is written")
    func specialTokens() throws {
        let tokenizer = try Fixtures.uncased.get()
        #expect(tokenizer.encode("a[MASK]b [CLS][SEP]") == [1037, 103, 1038, 101, 102])
        #expect(tokenizer.encode("[MASK") == [1031, 7308])
        #expect(tokenizer.encode("[mask]") == [1031, 7308, 1033])
        #expect(tokenizer.encode("[[MASK]]") == [1031, 103, 1033])
        #expect(tokenizer.maskID == 103 && tokenizer.padID == 0 && tokenizer.unkID == 100)
        #expect(tokenizer.modelMaxLength == 512)
    }

    @Test("A word of 100 scalars is cut into pieces, one of 101 is unknown; scalars count after normalising")
    func longWords() throws {
        let tokenizer = try Fixtures.uncased.get()
        let letters = String(repeating: "z", count: 100)
        #expect(tokenizer.encode(letters).count > 1)
        #expect(tokenizer.encode(letters + "z") == [tokenizer.unkID])
        #expect(tokenizer.encode(letters + "\u{301}\u{200B}") == tokenizer.encode(letters))
        // Three jamo each: 34 syllables are 102 scalars.
        #expect(tokenizer.encode(String(repeating: "\u{AC01}", count: 34)) == [tokenizer.unkID])
        #expect(tokenizer.encode(String(repeating: "\u{AC01}", count: 33)).count > 1)
        #expect(tokenizer.encode(letters + letters + " a") == [tokenizer.unkID, 1037])
    }

    @Test("An empty text has no ids, and none are left over")
    func empty() throws {
        let tokenizer = try Fixtures.uncased.get()
        for text in ["", " ", "\u{301}\u{0}\n"] {
            var ids: [Int32] = []
            let more = Array(text.utf8).withUnsafeBufferPointer { tokenizer.encode($0, limit: 0, into: &ids) }
            #expect(ids.isEmpty && !more)
        }
        var ids: [Int32] = [5]
        #expect(!tokenizer.encode(UnsafeBufferPointer(start: nil, count: 0), limit: 9, into: &ids))
        #expect(ids == [5])
    }

    @Test("Bytes that are no UTF-8 do no harm")
    func notUTF8() throws {
        let tokenizer = try Fixtures.uncased.get()
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let bytes = (0..<40).map { _ in
                [0x20, 0x61, 0x5B, 0x80, 0xBF, 0xC3, 0xE4, 0xED, 0xF0, 0xF4, 0xFF].randomElement(using: &random) ?? 0
                    as UInt8
            }
            var ids: [Int32] = []
            _ = bytes.withUnsafeBufferPointer { tokenizer.encode($0, limit: 20, into: &ids) }
            #expect(ids.allSatisfy { tokenizer.vocabulary.count > $0 })
        }
        var ids: [Int32] = []
        _ = [0x61, 0xFF, 0x62, 0xE4, 0xB8].withUnsafeBufferPointer { tokenizer.encode($0, limit: .max, into: &ids) }
        #expect(ids == tokenizer.encode("ab"))
    }

    @Test("A text in which nothing is ever found costs time in proportion to its length only")
    func hostile() throws {
        let tokenizer = try Fixtures.uncased.get()
        // Quadratic time would take these minutes.
        #expect(tokenizer.encode(String(repeating: "a", count: 300_000)) == [tokenizer.unkID])
        #expect(tokenizer.encode("a" + String(repeating: "\u{302E}\u{1D165}", count: 30_000)) == [tokenizer.unkID])
        #expect(tokenizer.encode(String(repeating: "[MASK", count: 20_000), limit: 3) == [1031, 7308, 1031])
    }

    @Test("Ids outside the vocabulary are left out of a decoded text")
    func decodedOutside() throws {
        let tokenizer = try Fixtures.uncased.get()
        #expect(tokenizer.decode([-1, 7592, 99_999, 2088, 999], skippingSpecialTokens: false) == "hello world!")
        let framed = [101] + tokenizer.encode("I don't know.") + [102]
        #expect(tokenizer.decode(framed, skippingSpecialTokens: false) == "[CLS] i don ' t know. [SEP]")
        #expect(tokenizer.decode(framed, skippingSpecialTokens: true) == "i don ' t know.")
    }

    @Test("Tokenizers read alike by what they are made of, wherever they come from")
    func alike() throws {
        let names = ["bert", "roberta", "albert", "mpnet"]
        let tokenizers = try names.map { try Tokenizer(directory: goldenPath("\($0)-classifier")) }
        for (index, name) in names.enumerated() {
            let copy = try ModelCopy("\(name)-classifier")
            let other = try Tokenizer(directory: copy.path)
            for (place, tokenizer) in tokenizers.enumerated() {
                #expect(tokenizer.reads(like: other) == (place == index), "\(names[place]) and \(name)")
            }
        }
        // ELECTRA's files are others, and say the same.
        #expect(tokenizers[0].reads(like: try Tokenizer(directory: goldenPath("electra-classifier"))))
    }

    @Test("Tokenizers that differ in a normaliser's switch, or in one piece, do not read alike")
    func unlike() throws {
        let tokenizer = try Tokenizer(directory: goldenPath("electra-classifier"))
        let cased = try ModelCopy("electra-classifier")
        try cased.set(["do_lower_case": "false"], in: "tokenizer_config.json")
        #expect(!tokenizer.reads(like: try Tokenizer(directory: cased.path)))
        let pieces = try ModelCopy("electra-classifier")
        let path = URL(filePath: "\(pieces.path)/vocab.txt")
        var lines = try String(contentsOf: path, encoding: .utf8).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        lines.swapAt(700, 701)
        try lines.joined(separator: "\n").write(to: path, atomically: true, encoding: .utf8)
        #expect(!tokenizer.reads(like: try Tokenizer(directory: pieces.path)))
    }
}
