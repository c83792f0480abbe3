// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Bert

@Suite struct NormaliserTests {
    struct Golden: Decodable, Sendable {
        let block: UInt32
        let normalised: [String: [String]]
        let words: [String]
    }

    static let golden = Result { try Fixtures.json("scalars.json", as: Golden.self) }
    static let switches = ((try? golden.get().normalised.keys.sorted()) ?? [])
    static let uncased = Normaliser.Options(
        cleansText: true,
        spacesIdeographs: true,
        stripsAccents: true,
        lowercases: true
    )

    /// FNV-1a, as make_golden.py computes it.
    private func digest(_ bytes: some Sequence<UInt8>) -> String {
        let value = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private func block(_ start: UInt32, _ count: UInt32, _ before: [UInt8], _ after: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for value in start..<start + count {
            guard let scalar = Unicode.Scalar(value), let utf8 = UTF8.encode(scalar) else { continue }
            text += before
            text += utf8
            text += after
        }
        return text
    }

    @Test("Every Unicode scalar is normalised as by BertNormalizer", arguments: switches)
    func everyScalar(switches: String) throws {
        let golden = try Self.golden.get()
        let on = switches.map { $0 == "1" }
        let normaliser = Normaliser(
            Normaliser.Options(
                cleansText: on[0],
                spacesIdeographs: on[1],
                stripsAccents: on[2],
                lowercases: on[3]
            )
        )
        for (index, expected) in golden.normalised[switches, default: []].enumerated() {
            let start = UInt32(index) * golden.block
            let text = block(start, golden.block, [], Array("x".utf8))
            let found = text.withUnsafeBufferPointer { digest(normaliser.normalise($0)) }
            #expect(found == expected, "block of U+\(String(start, radix: 16))")
        }
    }

    @Test("Every Unicode scalar is cut as by BertPreTokenizer")
    func everyCut() throws {
        let golden = try Self.golden.get()
        let directory = try TemporaryDirectory([
            "tokenizer_config.json": #"{"tokenizer_class": "PreTrainedTokenizerFast"}"#,
            "tokenizer.json": """
            {"normalizer": null, "pre_tokenizer": {"type": "BertPreTokenizer"}, "decoder": null,
             "post_processor": {"type": "BertProcessing", "sep": ["[UNK]", 0], "cls": ["[UNK]", 0]},
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                       "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "a": 1, "b": 2, "##b": 3}}}
            """,
        ])
        let tokenizer = try Tokenizer(directory: directory.path)
        for (index, expected) in golden.words.enumerated() {
            let start = UInt32(index) * golden.block
            var ids: [Int32] = []
            _ = block(start, golden.block, Array("a".utf8), Array("b ".utf8)).withUnsafeBufferPointer {
                tokenizer.encode($0, limit: .max, into: &ids)
            }
            #expect(digest(ids.lazy.map(UInt8.init)) == expected, "block of U+\(String(start, radix: 16))")
        }
    }

    @Test(
        "Accents go, marks that stay are put into canonical order, case goes scalar by scalar",
        arguments: [
            ("\u{130}I\u{307}\u{DF}\u{1E9E}", "ii\u{DF}\u{DF}"),
            ("\u{39F}\u{394}\u{39F}\u{3A3} \u{3A3}", "\u{3BF}\u{3B4}\u{3BF}\u{3C3} \u{3C3}"),
            ("\u{304B}\u{3099}\u{304C}", "\u{304B}\u{304B}"),
            ("\u{D55C}\u{AC00}", "\u{1112}\u{1161}\u{11AB}\u{1100}\u{1161}"),
            ("x\u{302E}\u{1D165}y", "x\u{1D165}\u{302E}y"),
            // A starter between them keeps their order though it is dropped; a control character does not.
            ("x\u{302E}\u{34F}\u{1D165}", "x\u{302E}\u{1D165}"),
            ("x\u{302E}\u{1}\u{1D165}", "x\u{1D165}\u{302E}"),
            ("\u{4E2D}\u{F900}\u{3042}", " \u{4E2D}  \u{8C48} \u{3042}"),
            ("a\u{0}\u{FFFD}\u{AD}b\tc\u{85}d\u{3000}e", "ab cd e"),
            ("\u{212B}\u{2126}\u{37E}", "a\u{3C9};"),
        ]
    )
    func named(text: String, expected: String) {
        let found = Array(text.utf8).withUnsafeBufferPointer { Normaliser(Self.uncased).normalise($0) }
        #expect(found == Array(expected.utf8))
    }

    @Test("A text in parts is normalised as in one piece, wherever between scalars it is cut")
    func parts() {
        let text = Array("I\u{307}x\u{302E}\u{1D165}\u{301}\u{1D16D}[a\u{302E} \u{1D15E}\u{302E}\u{D55C}".utf8)
        let normaliser = Normaliser(Self.uncased)
        text.withUnsafeBufferPointer { text in
            let whole = normaliser.normalise(text)
            for cut in text.indices where text[cut] & 0xC0 != 0x80 {
                var sink = ByteSink()
                var marks = Normaliser.Marks()
                normaliser.normalise(UnsafeBufferPointer(rebasing: text[..<cut]), at: 0, marks: &marks, into: &sink)
                normaliser.normalise(UnsafeBufferPointer(rebasing: text[cut...]), at: cut, marks: &marks, into: &sink)
                normaliser.finish(marks: &marks, into: &sink)
                #expect(sink.bytes == whole, "cut at \(cut)")
            }
        }
    }
}
