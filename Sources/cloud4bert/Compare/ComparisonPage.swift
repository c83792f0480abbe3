// SPDX-License-Identifier: Apache-2.0
import Training
import Worker

/// The page from which one decides whether the second model takes the place of the first: what changes, how much, where, and
/// what it costs.
enum ComparisonPage {
    static func text(_ result: ReplayComparison) -> String {
        let comparison = result.comparison
        let body = [
            introduction(result), tiles(result),
            section("What A says, and what B says of the same records", matrix(comparison.labels, comparison.flips)),
            section("How good each expects itself to be", quality(comparison)),
            section("How the labels are spread", spread(comparison)), charts(comparison),
            section("How sure they are", confidence(comparison)), DriftSection.html(result),
            section("Records that moved most", movers(comparison)),
        ]
        return HTML.page(
            title: "\(result.first.name) and \(result.second.name)",
            body: body.joined(separator: "\n")
        )
    }

    private static func introduction(_ result: ReplayComparison) -> String {
        func name(_ subject: ReplayComparison.Subject) -> String {
            let kind = subject.digest.map { "the model with the weights \($0.prefix(16))" } ?? "results in that topic"
            return "<b>\(HTML.escaped(subject.name))</b>, \(HTML.escaped(kind))"
        }
        let comparison = result.comparison
        return """
            <p class="soft">A is \(name(result.first)); B is \(name(result.second)). Of the records in
            \(HTML.escaped(result.input)), \(comparison.records) are scored by both, \(comparison.onlyBefore) by A alone,
            \(comparison.onlyAfter) by B alone, \(comparison.unscored) by neither.</p>
            """
    }

    private static func tiles(_ result: ReplayComparison) -> String {
        let comparison = result.comparison
        let (a, b) = (comparison.before.quality, comparison.after.quality)
        let accuracies = [a, b].map { $0.isMeaningful ? percent($0.accuracy) : "–" }
        let speeds = [result.first, result.second].map { $0.speed.map { HTML.figure($0, digits: 0) } ?? "–" }
        let (labels, confidence) = comparison.drift
        let tiles = [
            ("get the same label", percent(comparison.agreement)),
            ("get another one", "\(comparison.records - comparison.agreeing)"),
            ("accuracy by its own scores, A / B", accuracies.joined(separator: " / ")),
            ("PSI of labels, \(labels.drift) drift", HTML.figure(labels.index, digits: 3)),
            ("PSI of confidence, \(confidence.drift) drift", HTML.figure(confidence.index, digits: 3)),
            ("records a second, A / B", speeds.joined(separator: " / ")),
        ]
        return "<div class=\"tiles\">"
            + tiles.map { "<div><b>\(HTML.escaped($1))</b><span>\(HTML.escaped($0))</span></div>" }.joined() + "</div>"
    }

    private static func section(_ title: String, _ body: String) -> String {
        "<section><h2>\(HTML.escaped(title))</h2>\(body)</section>"
    }

    /// Each cell as dark as its share of the row.
    private static func matrix(_ labels: [String], _ counts: [[Int]], corner: String = "A \\ B") -> String {
        let rows = zip(labels, counts).enumerated().map { index, row in
            let all = max(row.1.reduce(0, +), 1)
            let cells = row.1.enumerated().map { column, count in
                let share = Double(count) / Double(all)
                return "<td class=\"\(column == index ? "right" : "wrong")\" style=\"--share:"
                    + "\(HTML.figure(share * 100, digits: 0))%\"><b>\(count)</b><span>\(percent(share))</span></td>"
            }
            return "<tr><th>\(HTML.escaped(row.0))</th>\(cells.joined())</tr>"
        }
        return table("matrix", heads: [corner] + labels, rows)
    }

    private static func quality(_ comparison: ModelComparison) -> String {
        let sides = [("A", comparison.before.quality), ("B", comparison.after.quality)]
        guard sides.allSatisfy({ $0.1.isMeaningful }) else {
            return "<p class=\"soft\">Scores of labels that do not exclude each other say nothing of that.</p>"
        }
        let rows = sides.map { name, quality in
            "<tr><th>\(name)</th><td>\(percent(quality.accuracy))</td><td>\(percent(quality.weightedF1))</td></tr>"
        }
        let matrices = sides.map { name, quality in
            "<h3>What the texts are expected to be, and what \(name) says</h3>"
                + matrix(
                    comparison.labels,
                    quality.confusion.map { $0.map { Int($0.rounded()) } },
                    corner: "is \\ said to be"
                )
        }
        return table(heads: ["", "accuracy", "weighted F1"], rows) + matrices.joined()
            + """
            <p class="soft">Nobody has labelled these records: a score of 0.9 is taken for a probability of 0.9. So this says
            as much as the scores are calibrated; a model that is too sure of itself looks better than it is.</p>
            """
    }

    private static func spread(_ comparison: ModelComparison) -> String {
        let all = Double(max(comparison.records, 1))
        let rows = comparison.labels.enumerated().map { index, label in
            let shares = [comparison.before, comparison.after].map { percent(Double($0.counts.labels[index]) / all) }
            return "<tr><th>\(HTML.escaped(label))</th><td>\(shares[0])</td><td>\(shares[1])</td></tr>"
        }
        return table(heads: ["", "A", "B"], rows)
    }

    private static func confidence(_ comparison: ModelComparison) -> String {
        ConfidenceChart(before: comparison.before.counts, after: comparison.after.counts).html
    }

    /// A chart for each label; none where all records are of one period.
    private static func charts(_ comparison: ModelComparison) -> String {
        let (isByDay, periods) = comparison.periods
        guard periods.count > 1 else { return "" }
        return comparison.labels.enumerated().map { index, label in
            func line(_ name: String, _ counts: (ModelComparison.Period) -> PredictionCounts) -> LineChart.Line {
                LineChart.Line(
                    name: name,
                    points: periods.map { period in
                        let all = Double(max(counts(period).records, 1))
                        return (Double(period.hour), Double(counts(period).labels[index]) / all * 100)
                    }
                )
            }
            return LineChart(
                title: "\(label), % of each \(isByDay ? "day" : "hour")'s records",
                lines: [line("A") { $0.before }, line("B") { $0.after }],
                digits: 1,
                place: { ReplayComparison.time(ofHour: $0, isDay: isByDay) ?? "" }
            ).html
        }.joined(separator: "\n")
    }

    private static func movers(_ comparison: ModelComparison) -> String {
        guard !comparison.movers.isEmpty else { return "<p class=\"soft\">There are none.</p>" }
        let rows = comparison.movers.map { mover in
            let scores = [mover.before, mover.after].map { "\($0.label) \(HTML.figure(Double($0.score), digits: 3))" }
            let cells = [mover.id] + scores + [mover.text ?? ""]
            return "<tr>" + cells.map { "<td>\(HTML.escaped($0))</td>" }.joined() + "</tr>"
        }
        return table(heads: ["id", "A", "B", "text"], rows)
    }

    private static func table(_ kind: String = "", heads: [String], _ rows: [String]) -> String {
        "<div class=\"scroll\"><table class=\"\(kind)\"><thead><tr>"
            + heads.map { "<th>\(HTML.escaped($0))</th>" }.joined()
            + "</tr></thead><tbody>\(rows.joined(separator: "\n"))</tbody></table></div>"
    }

    private static func percent(_ share: Double) -> String { HTML.figure(share * 100, digits: 1) + " %" }
}
