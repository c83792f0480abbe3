// SPDX-License-Identifier: Apache-2.0
import Bert
import Training

/// What an explanation costs, and whether it names the words that the score rests on.
struct ExplainBench {
    struct Report: BenchReport {
        let precision: String
        let texts: Int
        let words: Int
        /// Texts a second with their scores alone, and with their words weighed too, on one thread.
        let textsPerSecond, explainedPerSecond: Double
        /// How many times as long an explained text takes.
        let cost: Double
        /// In which share of the texts of more than three words the score moves further without the three heaviest words
        /// than without three that are picked at random.
        let faithful: Double

        var table: [[String]] {
            [
                ["precision", "texts", "words", "texts/s", "explained/s", "× the time", "3 words beat 3 at random"],
                [
                    precision, "\(texts)", "\(words)", textsPerSecond.text(1), explainedPerSecond.text(1), cost.text(1),
                    (faithful * 100).text(1) + " %",
                ],
            ]
        }
    }

    private let session: ModelSession
    private let classifier: Classifier
    private let texts: [String]

    init(_ session: ModelSession, texts: [String]) throws {
        self.session = session
        self.texts = texts
        classifier = try Classifier(model: session.model)
    }

    func run() throws -> Report {
        let clock = ContinuousClock()
        var encodings: [Encoding] = []
        var rows: [[Float]] = []
        let plain = try clock.measure {
            for text in texts {
                let encoding = try session.encoding(of: text)
                encodings.append(encoding)
                rows.append(classifier.rows(TokenBatch(encoding.sequences)))
            }
        }
        var words: [[WordWeight]] = []
        let explaining = clock.measure {
            words = zip(texts, rows).map { session.words(of: $0, $1[...], by: classifier) }
        }
        return Report(
            precision: session.model.precision.rawValue,
            texts: texts.count,
            words: words.reduce(0) { $0 + $1.count },
            textsPerSecond: Double(texts.count) / (plain / .seconds(1)),
            explainedPerSecond: Double(texts.count) / ((plain + explaining) / .seconds(1)),
            cost: (plain + explaining) / plain,
            faithful: try faithfulShare(of: words, encodings, rows)
        )
    }

    private func faithfulShare(of words: [[WordWeight]], _ encodings: [Encoding], _ rows: [[Float]]) throws -> Double {
        var generator = SplitMix64(seed: 1)
        var (better, compared) = (0, 0)
        for (index, words) in words.enumerated() where words.count > 3 {
            let ranking = session.ranking(of: rows[index][...], for: encodings[index])
            let named = try fall(of: ranking[0], in: texts[index], without: words.prefix(3).map(\.place))
            let others = try fall(
                of: ranking[0],
                in: texts[index],
                without: words.shuffled(using: &generator).prefix(3).map(\.place)
            )
            compared += 1
            if named > others { better += 1 }
        }
        return compared > 0 ? Double(better) / Double(compared) : 1
    }

    /// By how much a label's score moves when some words are taken out of the text.
    private func fall(of label: LabelScore, in text: String, without places: [Range<Int>]) throws -> Float {
        let scalars = Array(text.unicodeScalars)
        var rest = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() where !places.contains(where: { $0.contains(index) }) {
            rest.append(scalar)
        }
        let encoding = try session.encoding(of: String(rest))
        let rows = classifier.rows(TokenBatch(encoding.sequences))
        let score = session.ranking(of: rows[...], for: encoding).first { $0.label == label.label }?.score ?? 0
        return abs(label.score - score)
    }
}
