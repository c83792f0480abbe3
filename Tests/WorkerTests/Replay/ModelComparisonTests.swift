// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct ModelComparisonTests {
    private static let hour: Int64 = 3_600_000

    @Test("Accuracy and F1 without labels are what the scores lead to expect")
    func quality() {
        var quality = EstimatedQuality(labels: 2)
        quality.add([0.9, 0.1], predicted: 0)
        quality.add([0.4, 0.6], predicted: 1)
        #expect(abs(quality.accuracy - 0.75) < 1e-6)
        // F1 of 1.8 / 2.3 for 1.3 texts, and of 1.2 / 1.7 for 0.7.
        #expect(abs(quality.weightedF1 - (1.8 / 2.3 * 1.3 + 1.2 / 1.7 * 0.7) / 2) < 1e-6)
        #expect(abs(quality.confusion[0][1] - 0.4) < 1e-6 && abs(quality.confusion[1][0] - 0.1) < 1e-6)
        #expect(quality.isMeaningful)
        quality.add([0.9, 0.8], predicted: 0)
        #expect(!quality.isMeaningful)
        #expect(EstimatedQuality(labels: 2).weightedF1 == 0 && EstimatedQuality(labels: 2).accuracy == 0)
    }

    @Test("Seldom wrong where it is sure: the estimate meets the truth where scores are calibrated")
    func calibrated() {
        var quality = EstimatedQuality(labels: 2)
        var correct = 0
        for index in 0..<1_000 {
            let score = Float(5 + index % 5) / 10
            quality.add([score, 1 - score], predicted: 0)
            // So many of ten as the score says.
            if (index / 5) % 10 < 5 + index % 5 { correct += 1 }
        }
        #expect(abs(quality.accuracy - Double(correct) / 1_000) < 1e-6)
    }

    @Test("Flips, agreement and the records that moved most")
    func flips() {
        var comparison = ModelComparison(labels: ["a", "b"])
        #expect(comparison.agreement == 1)
        for index in 0..<30 {
            let moved = Float(index) / 100
            let (first, second) = ([0.6, 0.4] as [Float], [0.6 - moved, 0.4 + moved])
            comparison.add(id: "t-0-\(index)", first, second, time: nil, text: "text \(index)")
        }
        // Of equal scores the first one's label counts.
        #expect(comparison.records == 30 && comparison.agreeing == 11)
        #expect(comparison.flips == [[11, 19], [0, 0]])
        #expect(comparison.movers.count == 20 && comparison.movers[0].id == "t-0-29")
        #expect(comparison.movers.map(\.distance) == comparison.movers.map(\.distance).sorted(by: >))
        #expect(comparison.movers[0].text == "text 29" && comparison.movers[0].after.label == "b")
        let before = comparison.before.counts
        #expect(before.labels == [30, 0] && before.confidence[6] == 30 && before.records == 30)
        #expect(comparison.periods.rows.isEmpty)
    }

    @Test("Periods are hours up to three days, and days beyond, before 1970 too")
    func periods() {
        var comparison = ModelComparison(labels: ["a", "b"])
        for hour in [0, 0, 71, -1] as [Int64] {
            comparison.add(id: "x", [0.6, 0.4], [0.4, 0.6], time: hour * Self.hour + 5, text: nil)
        }
        var periods = comparison.periods
        #expect(periods.isByDay && periods.rows.map(\.hour) == [-24, 0, 48])
        #expect(periods.rows.map(\.before.labels) == [[1, 0], [2, 0], [1, 0]])
        #expect(periods.rows[1].after.labels == [0, 2] && periods.rows[1].after.confidence[6] == 2)
        comparison = ModelComparison(labels: ["a", "b"])
        for hour in [3, 74] as [Int64] {
            comparison.add(id: "x", [0.6, 0.4], [0.6, 0.4], time: hour * Self.hour, text: nil)
        }
        periods = comparison.periods
        #expect(!periods.isByDay && periods.rows.map(\.hour) == [3, 74])
        comparison.add(id: "x", [0.6, 0.4], [0.6, 0.4], time: .max, text: nil)
        #expect(comparison.periods.rows.count == 3)
    }

    @Test("A period's labels and confidence have drifted from the first one's by the index of their counts")
    func drift() {
        var comparison = ModelComparison(labels: ["a", "b"])
        for (hour, first, second) in [(0, 300, 100), (1, 100, 300)] as [(Int64, Int, Int)] {
            for index in 0..<first + second {
                let scores: [Float] = index < first ? [0.95, 0.05] : [0.25, 0.75]
                comparison.add(id: "x", scores, [0.95, 0.05], time: hour * Self.hour, text: nil)
            }
        }
        let rows = comparison.periods.rows
        let (a, b) = (rows[1].before.drift(from: rows[0].before), rows[1].after.drift(from: rows[0].after))
        // (100.5 / 401 - 300.5 / 401) ln (100.5 / 300.5), once for each label.
        #expect(abs(a.labels.index - 1.092_559) < 1e-5, "\(a.labels.index)")
        // Two tenths have changed places, of ten: so with 405 in place of 401.
        #expect(abs(a.confidence.index - 1.081_768) < 1e-5, "\(a.confidence.index)")
        #expect(b.labels.index == 0 && b.confidence.index == 0)
    }

    @Test("Scores are found by the id without its model; the later result counts, and other labels do not")
    func table() {
        var table = ScoreTable(labels: ["a", "b"])
        func add(_ id: String, _ scores: [(String, Double)]) {
            let list = scores.map { #"{"label":"\#($0.0)","score":\#($0.1)}"# }.joined(separator: ",")
            table.add(Array(#"{"id":"\#(id)","scores":[\#(list)],"decision":"pass"}"#.utf8), in: nil)
        }
        add("t-0-1@abcdef", [("b", 0.75), ("a", 0.25)])
        add("t-0-2", [("a", 0.5), ("b", 0.5)])
        add("t-0-1@123456", [("a", 1), ("b", 0)])
        add("t-0-3", [("a", 0.5), ("c", 0.5)])
        add("t-0-4", [])
        #expect(table.count == 2 && table.unscored == 2)
        #expect(table["t-0-1"] == [1, 0] && table["t-0-2"] == [0.5, 0.5] && table["t-0-3"] == nil)
    }
}
