// SPDX-License-Identifier: Apache-2.0
import Training
import Worker

/// How what the models say, and the texts themselves, change on the way from the first record to the last.
enum DriftSection {
    /// Nothing where neither can be told.
    static func html(_ result: ReplayComparison) -> String {
        let parts = charts(result.comparison) + texts(result)
        return parts.isEmpty
            ? "" : "<section><h2>Does the stream change?</h2>\(parts.joined(separator: "\n"))</section>"
    }

    /// How far each period lies from the first.
    private static func charts(_ comparison: ModelComparison) -> [String] {
        let (isByDay, periods) = comparison.periods
        guard let first = periods.first, periods.count > 1 else { return [] }
        func line(_ name: String, _ index: (ModelComparison.Period) -> PopulationStability) -> LineChart.Line {
            LineChart.Line(name: name, points: periods.map { (Double($0.hour), index($0).index) })
        }
        func chart(_ title: String, _ lines: [LineChart.Line]) -> String {
            LineChart(
                title: "PSI of \(title) against the first \(isByDay ? "day" : "hour")",
                lines: lines,
                digits: 3,
                place: { ReplayComparison.time(ofHour: $0, isDay: isByDay) ?? "" }
            ).html
        }
        return [
            chart(
                "labels",
                [
                    line("A") { $0.before.drift(from: first.before).labels },
                    line("B") { $0.after.drift(from: first.after).labels },
                ]
            ),
            chart(
                "confidence",
                [
                    line("A") { $0.before.drift(from: first.before).confidence },
                    line("B") { $0.after.drift(from: first.after).confidence },
                ]
            ),
            "<p class=\"soft\">Below 0.1 is little drift, above 0.25 much; with few records, chance alone makes it large.</p>",
        ]
    }

    private static func texts(_ result: ReplayComparison) -> [String] {
        guard let classifier = result.textDrift?.classifier else { return [] }
        return [
            """
            <p>Texts before and from \(HTML.escaped(result.middle ?? "the middle")) on are told apart with an AUC of
            <b>\(HTML.figure(classifier.auc, digits: 3))</b>, which is \(classifier.drift.rawValue) drift.</p>
            <p class="soft">A classifier learned on the features of \(classifier.rows) texts which half each is of, and was asked
            about others. At 0.5 it guesses, and the texts look alike; by chance, 0.5 ±
            \(HTML.figure(classifier.standardError, digits: 3)); at 1 it is never wrong.</p>
            """
        ]
    }
}
