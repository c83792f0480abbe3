// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Bert

@Suite struct TextLimitTests {
    private func tokenizer() throws -> Tokenizer { try Tokenizer(directory: "\(Fixtures.folder)/uncased") }

    /// One token each, so that windows are easily counted.
    private static let words = (0..<23).map { _ in "good" }.joined(separator: " ")

    private func sizes(_ encoding: Encoding) -> [Int] { encoding.sequences.map { $0.count - 2 } }

    @Test(
        "A long text has windows as long as they may be, each with so much of the one before it, and no more than asked",
        arguments: [
            (0, Int.max, [10, 10, 3], [0, 10, 20], false), (4, .max, [10, 10, 10, 5], [0, 6, 12, 18], false),
            (9, .max, Array(repeating: 10, count: 14), Array(0..<14), false),
            (3, .max, [10, 10, 9], [0, 7, 14], false),
            (0, 2, [10, 10], [0, 10], true), (4, 3, [10, 10, 10], [0, 6, 12], true), (0, 1, [10], [0], true),
            (0, 3, [10, 10, 3], [0, 10, 20], false),
        ]
    )
    func windows(stride: Int, most: Int, lengths: [Int], starts: [Int], isTruncated: Bool) throws {
        let limit = TextLimit(maxTokens: 12, truncation: .windows, stride: stride, maxWindows: most)
        let encoding = try #require(try tokenizer().encoding(of: Self.words, within: limit))
        #expect(sizes(encoding) == lengths && encoding.isTruncated == isTruncated)
        let ranges = zip(starts, lengths).map { $0 * 5..<($0 + $1) * 5 - 1 }
        #expect(encoding.windows == (lengths.count > 1 ? ranges : []))
    }

    @Test("A text that just fits is one sequence; one token more makes two, or is cut, or refused")
    func boundary() throws {
        let tokenizer = try tokenizer()
        let exact = Array(repeating: "good", count: 10).joined(separator: " ")
        for truncation in Truncation.allCases {
            let limit = TextLimit(maxTokens: 12, truncation: truncation, stride: 5)
            let whole = try #require(tokenizer.encoding(of: exact, within: limit))
            #expect(sizes(whole) == [10] && !whole.isTruncated && whole.windows.isEmpty)
            let longer = tokenizer.encoding(of: exact + "!", within: limit)
            #expect((longer == nil) == (truncation == .reject))
            #expect(longer?.isTruncated != true || truncation != .windows)
            #expect(longer.map(sizes) == (truncation == .windows ? [10, 6] : truncation == .reject ? nil : [10]))
        }
    }

    @Test("Windows stand where their first token begins and their last ends, in Unicode scalars")
    func places() throws {
        let text = "😀 É\u{301}a 中文 " + Self.words
        let limit = TextLimit(maxTokens: 8, truncation: .windows)
        let (encoding, places) = try #require(try tokenizer().encodingWithPlaces(of: text, within: limit))
        let scalars = Array(text.unicodeScalars)
        let windows = try #require(try tokenizer().encoding(of: text, within: limit)).windows
        #expect(encoding.sequences.count == windows.count)
        for (window, places) in zip(windows, places) {
            let known = places.compactMap(\.self)
            #expect(places.first == .some(nil) && places.last == .some(nil))
            #expect(window == known[0].lowerBound..<known[known.count - 1].upperBound)
            #expect(window.upperBound <= scalars.count)
        }
        #expect(windows[0].lowerBound == 0)
    }

    @Test("Of a text of a million words only as much is read as the windows hold")
    func bounded() throws {
        let tokenizer = try tokenizer()
        let text = String(repeating: "good ", count: 1_000_000)
        let limit = TextLimit(maxTokens: 128, truncation: .windows, stride: 16, maxWindows: 3)
        let encoding = try #require(tokenizer.encoding(of: text, within: limit))
        #expect(sizes(encoding) == [126, 126, 126] && encoding.isTruncated)
        #expect(encoding.windows[2].upperBound == (2 * 110 + 126) * 5 - 1)
    }
}
