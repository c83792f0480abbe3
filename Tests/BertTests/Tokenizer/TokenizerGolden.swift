// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Bert

/// Directories that differ in their files and settings, with what transformers makes of the same texts.
struct TokenizerGolden: Decodable, Sendable {
    struct Variant: Decodable, Sendable, CustomTestStringConvertible {
        struct Decoded: Decodable, Sendable {
            let text: String
            let skipped: String
        }

        let name: String
        let files: [String: String]
        /// Files beside these, which are not text: where each lies in `Golden`.
        let copied: [String]?
        let ids: [[Int32]]
        /// Beginning and end of each token but the special ones around the text, and so on.
        let places: [[Int]]
        let decoded: [Decoded]
        var testDescription: String { name }
    }

    let texts: [String]
    let variants: [Variant]

    init(_ name: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(filePath: goldenPath(name))))
    }

    /// Compares ids, places and decoded texts, and what a limit leaves of the ids, however little the search for added
    /// tokens looks ahead.
    func expectSame(_ variant: Variant) throws {
        let directory = try TemporaryDirectory(variant.files)
        for name in variant.copied ?? [] {
            let source = URL(filePath: goldenPath(name))
            try FileManager.default.copyItem(
                at: source,
                to: URL(filePath: directory.path).appending(path: source.lastPathComponent)
            )
        }
        let limit = TextLimit(maxTokens: 100_000, truncation: .reject)
        for window in [5, 1024] {
            let tokenizer = try Tokenizer(TokenizerDirectory.read(directory.path), window: window)
            for (index, text) in texts.enumerated() {
                let (ids, about) = (
                    variant.ids[index], Comment(rawValue: "\(text.prefix(60).debugDescription), \(window)")
                )
                let (encoding, places) = try #require(tokenizer.encodingWithPlaces(of: text, within: limit))
                #expect(encoding.sequences == [ids], about)
                #expect(tokenizer.encoding(of: text, within: limit) == encoding, about)
                let found = places[0].dropFirst().dropLast().flatMap { [$0?.lowerBound, $0?.upperBound] }
                #expect(found == variant.places[index], about)
                for most in Set([0, 1, 2, ids.count - 3, ids.count - 2, ids.count - 1]) where most >= 0 {
                    var some: [Int32] = []
                    #expect(tokenizer.encode(text, limit: most, into: &some) == (ids.count - 2 > most), about)
                    #expect(some == Array(ids.dropFirst().dropLast().prefix(most)), about)
                }
                let (all, skipped) = (variant.decoded[index].text, variant.decoded[index].skipped)
                #expect(Array(tokenizer.decode(ids, skippingSpecialTokens: false).utf8) == Array(all.utf8), about)
                #expect(Array(tokenizer.decode(ids, skippingSpecialTokens: true).utf8) == Array(skipped.utf8), about)
            }
        }
    }
}
