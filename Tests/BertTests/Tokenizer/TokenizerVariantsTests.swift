// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Bert

/// Directories with other settings, against what transformers makes of them.
@Suite struct TokenizerVariantsTests {
    struct Golden: Decodable, Sendable {
        let pieces: [String]
        let texts: [String]
        let variants: [Variant]
    }

    struct Variant: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let files: [String: String]
        let ids: [[Int32]]
        let decoded: [Decoded]
        var testDescription: String { name }

        struct Decoded: Decodable, Sendable {
            let ids: [Int32]
            let text: String
            let skipped: String
        }
    }

    static let golden = Result { try Fixtures.json("variants.json", as: Golden.self) }
    static let variants = (try? golden.get().variants) ?? []

    private func directory(_ variant: Variant) throws -> TemporaryDirectory {
        let pieces = try Self.golden.get().pieces
        var files = variant.files
        if let json = files["tokenizer.json"] {
            let quoted = try pieces.enumerated().map { index, piece in
                try String(decoding: JSONEncoder().encode(piece), as: UTF8.self) + ": \(index)"
            }
            files["tokenizer.json"] = json.replacingOccurrences(
                of: "\"vocab\": {}",
                with: "\"vocab\": {\(quoted.joined(separator: ", "))}"
            )
        } else {
            files["vocab.txt"] = pieces.joined(separator: "\n") + "\n"
        }
        return try TemporaryDirectory(files)
    }

    @Test("There are variants to compare with")
    func present() throws {
        #expect(try Self.golden.get().variants.count == 11)
    }

    @Test("The ids are those of transformers, however little the search for tokens looks ahead", arguments: variants)
    func ids(variant: Variant) throws {
        let directory = try directory(variant)
        let texts = try Self.golden.get().texts
        for window in [5, 1024] {
            let tokenizer = try Tokenizer(TokenizerDirectory.read(directory.path), window: window)
            for (text, ids) in zip(texts, variant.ids) {
                #expect(tokenizer.encode(text) == ids, "\(text.debugDescription), window \(window)")
            }
        }
    }

    /// Where transformers sees the ids of each text: beginning and end, and so on.
    struct Places: Decodable { let variants: [[[Int]]] }

    @Test("Where tokens stand is what transformers says, however little the search for tokens looks ahead")
    func places() throws {
        let golden = try Fixtures.json("places.json", as: Places.self)
        try #require(golden.variants.count == Self.variants.count)
        for (variant, expected) in zip(Self.variants, golden.variants) {
            let directory = try directory(variant)
            for window in [5, 1024] {
                let tokenizer = try Tokenizer(TokenizerDirectory.read(directory.path), window: window)
                for (text, expected) in zip(try Self.golden.get().texts, expected) {
                    let limit = TextLimit(maxTokens: 100_000, truncation: .reject)
                    let found = try #require(tokenizer.encodingWithPlaces(of: text, within: limit))
                    #expect(found.encoding == tokenizer.encoding(of: text, within: limit))
                    let places = found.places[0].dropFirst().dropLast().flatMap { [$0?.lowerBound, $0?.upperBound] }
                    #expect(places == expected, "\(variant.name), \(text.debugDescription), window \(window)")
                }
            }
        }
    }

    @Test("With a limit, the beginning comes out, and whether there is more", arguments: variants)
    func limits(variant: Variant) throws {
        let directory = try directory(variant)
        let tokenizer = try Tokenizer(directory: directory.path)
        for (text, ids) in zip(try Self.golden.get().texts, variant.ids) {
            for limit in Set([0, 1, 2, 5, ids.count - 1, ids.count, ids.count + 1]) where limit >= 0 {
                var found: [Int32] = [-7]
                let more = Array(text.utf8).withUnsafeBufferPointer {
                    tokenizer.encode($0, limit: limit, into: &found)
                }
                #expect(found == [-7] + ids.prefix(limit), "\(text.debugDescription), limit \(limit)")
                #expect(more == (ids.count > limit), "\(text.debugDescription), limit \(limit)")
            }
        }
    }

    @Test("Ids decode to the text that transformers gives", arguments: variants)
    func decoded(variant: Variant) throws {
        let directory = try directory(variant)
        let tokenizer = try Tokenizer(directory: directory.path)
        for decoded in variant.decoded {
            let text = tokenizer.decode(decoded.ids, skippingSpecialTokens: false)
            let skipped = tokenizer.decode(decoded.ids, skippingSpecialTokens: true)
            // Swift takes canonically equivalent strings for equal.
            #expect(Array(text.utf8) == Array(decoded.text.utf8))
            #expect(Array(skipped.utf8) == Array(decoded.skipped.utf8))
        }
    }
}
