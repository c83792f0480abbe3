// SPDX-License-Identifier: Apache-2.0
import Bert
import TestSupport
import Testing

@Suite struct OcclusionTests {
    private let model: Model
    private let limit = TextLimit(maxTokens: 64, truncation: .head)

    init() throws { model = try Model(directory: DefaultModel.directory(), kernels: .ofTests()) }

    private func occlusion(
        _ texts: [String],
        _ limit: TextLimit? = nil,
        maxWords: Int = 1_000
    ) throws -> Occlusion {
        try #require(Occlusion(of: texts, by: model.tokenizer, within: limit ?? self.limit, maxWords: maxWords))
    }

    private func words(of text: String, _ occlusion: Occlusion) -> [String] {
        let scalars = Array(text.unicodeScalars)
        let all = occlusion.heaviest(.max, by: Array(repeating: 0, count: 1_000))
        return all.map { String(String.UnicodeScalarView(scalars[$0.place])) }
    }

    @Test(
        "Words are what white space parts, with their marks; where a script has none, each token is one",
        arguments: [
            ("Not good,  at all!!!", ["Not", "good,", "at", "all!!!"]),
            ("don't use user_name (http://a.b/c?d)", ["don't", "use", "user_name", "(http://a.b/c?d)"]),
            ("ÉTÉ é\u{301}t\u{e9}\tunbelievablyx", ["ÉTÉ", "é\u{301}t\u{e9}", "unbelievablyx"]),
            ("我们 ok了x", ["我", "们", "ok", "了", "x"]), ("", []),
        ]
    )
    func words(text: String, expected: [String]) throws {
        #expect(words(of: text, try occlusion([text])) == expected)
    }

    @Test("What is encoded is the text without the word")
    func without() throws {
        let words = "the unbelievably slow , app crashed again !!! and nobody answers".split(separator: " ")
        let occlusion = try occlusion([words.joined(separator: " ")])
        #expect(occlusion.count == words.count)
        for index in words.indices {
            var rest = words
            rest.remove(at: index)
            let encoding = model.tokenizer.encoding(of: rest.joined(separator: " "), within: limit)
            #expect([occlusion.ids(at: index)] == encoding?.sequences)
        }
    }

    @Test("A weight is by how much the label's score falls without the word", arguments: WindowMerge.allCases)
    func weights(merge: WindowMerge) throws {
        let classifier = try Classifier(model: model)
        let text = "I hate this awful update , it crashes on every start but thank you for the quick answer"
        for limit in [limit, TextLimit(maxTokens: 12, truncation: .windows, stride: 3)] {
            let occlusion = try occlusion([text], limit)
            let encoding = try #require(model.tokenizer.encoding(of: text, within: limit))
            let logits = classifier.rows(TokenBatch(encoding.sequences))
            let others = classifier.rows(TokenBatch((0..<occlusion.count).map(occlusion.ids)))
            let weights = occlusion.weights(logits[...], without: others[...], by: model, merging: merge)
            let scores = model.scores(of: logits[...], for: encoding, merging: merge)
            let best = try #require(scores.indices.max { scores[$0] < scores[$1] })
            let words = text.split(separator: " ")
            #expect(weights.count == words.count)
            for (index, word) in words.enumerated() {
                // The word is left out of each window that it stands in.
                let start = words[..<index].reduce(0) { $0 + $1.count + 1 }
                let place = start..<start + word.count
                let (_, places) = try #require(model.tokenizer.encodingWithPlaces(of: text, within: limit))
                let rest = zip(encoding.sequences, places).map { ids, places in
                    zip(ids, places).filter { $1.map { !$0.overlaps(place) } ?? true }.map(\.0)
                }
                let own = classifier.rows(TokenBatch(rest))
                let without = Encoding(sequences: rest, isTruncated: false)
                let score = model.scores(of: own[...], for: without, merging: merge)[best]
                #expect(weights[index] == scores[best] - score)
            }
        }
    }

    @Test("The words of several texts are weighed in one result, and stand where they do in all of them")
    func severalTexts() throws {
        let texts = ["bad app", "fine, 😀 thanks"]
        let occlusion = try occlusion(texts)
        #expect(words(of: texts.joined(separator: "\n"), occlusion) == ["bad", "app", "fine,", "😀", "thanks"])
    }

    @Test("However long a text, it has no more words than are asked for", arguments: [1, 2, 3, 64])
    func bounded(maxWords: Int) throws {
        let text = (0..<500).map { "word\($0)" }.joined(separator: " ")
        let windows = TextLimit(maxTokens: 64, truncation: .windows, stride: 8)
        let occlusion = try occlusion([text], windows, maxWords: maxWords)
        let words = occlusion.heaviest(.max, by: Array(repeating: 0, count: 1_000))
        #expect((1...maxWords).contains(words.count))
        #expect(words.first?.place.lowerBound == 0 && words.last?.place.upperBound == text.unicodeScalars.count)
        for (word, next) in zip(words, words.dropFirst()) { #expect(word.place.upperBound < next.place.lowerBound) }
        for index in 0..<occlusion.count { #expect((2..<64).contains(occlusion.ids(at: index).count)) }
    }

    @Test("The heaviest come first, whichever way they weigh; equal ones as they stand")
    func heaviest() throws {
        let occlusion = try occlusion(["a b c d"])
        let words = occlusion.heaviest(3, by: [0.1, -0.4, 0.1, 0.2])
        #expect(words.map(\.place) == [2..<3, 6..<7, 0..<1])
        #expect(words.map(\.weight) == [-0.4, 0.2, 0.1])
    }
}
