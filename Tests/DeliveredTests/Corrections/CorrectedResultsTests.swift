// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Testing
import WorkerTestSupport

@testable import Delivered

@Suite struct CorrectedResultsTests {
    private func source(_ offset: Int) -> ResultSource {
        ResultSource(topic: "in", partition: 0, offset: Int64(offset))
    }

    private func result(_ label: String, _ score: Float, decision: String = "pass", text: String? = nil) -> TaggedResult
    {
        let others = ["negative", "neutral", "positive", "a", "b", "c"].filter { $0 != label }
        let scores = ([(label, score)] + others.map { ($0, 0) }).map { #"{"label":"\#($0)","score":\#($1)}"# }
        let value = #"""
            {"label":"\#(label)","decision":"\#(decision)","scores":[\#(scores.joined(separator: ","))]}
            """#
        var result = TaggedResult(testRecord(value), mode: .envelope, field: "")
        result?.text = text
        return result!
    }

    private func record(_ offset: Int) -> Record { testRecord("", offset: Int64(offset)) }

    private let meanings = DecisionMeaning.all { $0 == .hold ? ["negative"] : [] }

    @Test(
        "Precision and recall of labels and decisions, and what was taken for what, are of the corrected results alone"
    )
    func figures() throws {
        var results = CorrectedResults(
            labels: [source(0): "negative", source(1): "neutral", source(2): "negative", source(3): "positive"],
            haveAllScores: true
        )
        for (offset, label, decision) in [
            (0, "negative", "hold"), (1, "negative", "hold"), (2, "neutral", "pass"), (7, "neutral", "pass"),
        ] {
            let tagged = result(label, 0.9, decision: decision)
            results.add(tagged, of: source(offset), in: record(offset), keepsText: false)
        }
        let report = results.report(meanings: meanings, precision: 0.9)
        #expect(report.corrected == 3 && report.withoutResult == 1 && report.results == 4)
        #expect(report.withoutCorrection == 1 && report.agreement == Proportion(count: 1, total: 3))
        let negative = try #require(report.labels.first { $0.name == "negative" })
        #expect(negative.precision == Proportion(count: 1, total: 2))
        #expect(negative.recall == Proportion(count: 1, total: 2))
        let neutral = try #require(report.labels.first { $0.name == "neutral" })
        #expect(neutral.precision == Proportion(count: 0, total: 1) && neutral.recall?.total == 1)
        #expect(report.decisions.map(\.name) == ["hold", "pass"])
        #expect(report.decisions[0].precision == Proportion(count: 1, total: 2))
        #expect(report.decisions[0].recall == Proportion(count: 1, total: 2))
        // What is not negative is to pass.
        #expect(report.decisions[1].precision == Proportion(count: 0, total: 1))
        #expect(report.confusion.count == 3 && report.confusion.allSatisfy { $0.count == 1 })
    }

    @Test("Of several results of one record the last counts, and one that has no label counts as one that was missed")
    func repeats() {
        var results = CorrectedResults(labels: [source(0): "negative", source(1): "negative"], haveAllScores: true)
        results.add(result("neutral", 0.9), of: source(0), in: record(4), keepsText: false)
        results.add(result("negative", 0.9), of: source(0), in: record(5), keepsText: false)
        var silent = result("x", 0)
        (silent.label, silent.scores) = (nil, [:])
        results.add(silent, of: source(1), in: record(6), keepsText: false)
        let report = results.report(meanings: [], precision: 0.9)
        #expect(report.corrected == 2 && report.agreement == Proportion(count: 1, total: 2))
        #expect(
            report.labels == [
                CorrectionReport.Quality(
                    name: "negative",
                    precision: Proportion(count: 1, total: 1),
                    recall: Proportion(count: 1, total: 2)
                )
            ]
        )
    }

    @Test("Texts come from results or from the input, and only those of corrected records are kept")
    func examples() {
        let labels = [source(0): "a", source(1): "b", source(2): "c", source(3): "d"]
        var results = CorrectedResults(labels: labels, haveAllScores: true)
        results.add(result("a", 1, text: "zero"), of: source(0), in: record(0), keepsText: true)
        results.add(result("a", 1), of: source(1), in: record(1), keepsText: true)
        results.add(result("a", 1, text: "nine"), of: source(9), in: record(2), keepsText: true)
        #expect(Set(results.withoutText) == [source(1), source(2)])
        results.add("one", of: source(1))
        results.add("nine", of: source(9))
        #expect(
            results.report(meanings: [], precision: 0.9).examples.map { "\($0.text) \($0.label)" } == [
                "zero a", "one b",
            ]
        )
    }

    @Test("A correction to a label that the results do not know is refused, and no figure has it in it")
    func unknownLabels() {
        let labels = [
            source(0): "negative", source(1): "negatve", source(2): "negatve", source(3): "sarcasm",
            source(4): "Neutral",
        ]
        func report(haveAllScores: Bool) -> CorrectionReport {
            var results = CorrectedResults(labels: labels, haveAllScores: haveAllScores)
            for offset in [0, 1, 3, 5] {
                let tagged = result("negative", 0.9, decision: "hold", text: "text")
                results.add(tagged, of: source(offset), in: record(offset), keepsText: true)
            }
            return results.report(meanings: meanings, precision: 0.9)
        }
        let refusing = report(haveAllScores: true)
        #expect(
            refusing.unknownLabels.map { "\($0.count) \($0.name) \($0.meant ?? "-")" } == [
                "2 negatve negative", "1 Neutral neutral", "1 sarcasm -",
            ]
        )
        #expect(refusing.refused == 4 && refusing.corrected == 1 && refusing.withoutResult == 0)
        #expect(refusing.withoutCorrection == 3)
        #expect(refusing.agreement == Proportion(count: 1, total: 1) && refusing.confusion.count == 1)
        #expect(refusing.decisions.map(\.precision) == [Proportion(count: 1, total: 1)])
        #expect(refusing.examples.map(\.label) == ["negative"])
        // The best label alone may be a common one, and says nothing of the rare ones.
        let trusting = report(haveAllScores: false)
        #expect(trusting.refused == 0 && trusting.corrected == 3 && trusting.withoutResult == 2)
    }

    @Test("Where there are no results, no label is unknown")
    func noResults() {
        let results = CorrectedResults(labels: [source(0): "negative"], haveAllScores: true)
        let report = results.report(meanings: meanings, precision: 0.9)
        #expect(report.refused == 0 && report.withoutResult == 1)
    }

    @Test("Wilson's interval: values of his formula, and all of few is no proof")
    func wilson() throws {
        // The formula in another program, in double precision.
        for (count, total, low, high) in [
            (5, 10, 0.236593, 0.763407), (10, 10, 0.722467, 1), (0, 10, 0, 0.277533), (81, 263, 0.255285, 0.366210),
        ] {
            let interval = try #require(Proportion(count: count, total: total).interval)
            #expect(abs(interval.lowerBound - low) < 1e-5 && abs(interval.upperBound - high) < 1e-5, "\(interval)")
        }
        #expect(Proportion(count: 0, total: 0).interval == nil)
        let least = Proportion.least(toShow: 0.9)
        #expect(try #require(Proportion(count: least, total: least).interval).lowerBound >= 0.9)
        #expect(try #require(Proportion(count: least - 1, total: least - 1).interval).lowerBound < 0.9)
    }

    /// Advice where records have these scores: right ones, wrong ones, and others that nobody looked at.
    private func advice(right: [Float], wrong: [Float], others: [Float] = [], precision: Double)
        -> ThresholdAdvice.Answer
    {
        func bins(_ scores: [Float]) -> ScoreBins { scores.reduce(into: ScoreBins()) { $0.add($1) } }
        return ThresholdAdvice(
            label: "negative",
            right: bins(right),
            wrong: bins(wrong),
            all: bins(right + wrong + others),
            precision: precision
        ).answer
    }

    @Test("The advice is the lowest threshold with the wanted precision, and what it takes")
    func threshold() {
        let right = [Float](repeating: 0.9, count: 40) + [Float](repeating: 0.6, count: 40)
        let answer = advice(
            right: right,
            wrong: [0.95, 0.7] + [Float](repeating: 0.5, count: 20),
            others: [0.65, 0.2],
            precision: 0.9
        )
        let expected = ThresholdAdvice.Answer.from(
            thousandths: 600,
            precision: Proportion(count: 80, total: 82),
            recall: Proportion(count: 80, total: 80),
            taken: Proportion(count: 83, total: 104)
        )
        #expect(answer == expected)
    }

    @Test("Few corrections are said to be too few, and what cannot be reached is not")
    func noThreshold() {
        let few = advice(right: [Float](repeating: 0.9, count: 20), wrong: [], precision: 0.9)
        #expect(few == .tooFew(count: 20, needed: 35))
        let mixed = [Float](repeating: 0.9, count: 100)
        #expect(advice(right: mixed, wrong: mixed, precision: 0.9) == .notReached)
        // The few at the top that are all right show nothing.
        let top = advice(right: [0.99] + mixed, wrong: mixed, precision: 0.9)
        #expect(top == .notReached)
    }

    @Test("A threshold in thousandths takes in the score that it is of")
    func bins() throws {
        for thousandth in 1..<1_000 {
            // As it stands in a setting.
            let score = try #require(Float("\(Double(thousandth) / 1_000)"))
            #expect(ScoreBins.bin(of: score) == thousandth && ScoreBins.bin(of: score.nextDown) == thousandth - 1)
        }
        #expect(ScoreBins.bin(of: 1) == 1_000 && ScoreBins.bin(of: 7) == 1_000 && ScoreBins.bin(of: -7) == 0)
    }
}
