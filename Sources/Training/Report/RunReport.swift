// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files

/// The page of a training run: how the losses fell, what the evaluations found, and the options that made it.
enum RunReport {
    /// Writes `report.html` in the run's directory.
    static func write(_ state: RunState, identity: [String: String], to directory: String) throws(FileError) {
        let page = Array(page(state, identity: identity).utf8)
        try AtomicFile.write("\(directory)/report.html") { (file) throws(FileError) in try file.append(page) }
    }

    static func page(_ state: RunState, identity: [String: String]) -> String {
        let names = Set(state.progress.flatMap(\.losses.keys)).sorted()
        let losses = names.map { name in
            LineChart.Line(
                name: name,
                points: state.progress.compactMap { report in report.losses[name].map { (Double(report.step), $0) } }
            )
        }
        let figures = state.evaluations.first?.figures.map(\.name) ?? []
        let scores = figures.map { name in
            LineChart.Line(
                name: name,
                points: state.evaluations.compactMap { evaluation in
                    evaluation.figures.first { $0.name == name }.map { (Double(evaluation.step), $0.value) }
                }
            )
        }
        let speed = LineChart.Line(
            name: "tokens in a second",
            points: state.progress.map { (Double($0.step), $0.tokensPerSecond) }
        )
        let charts = [
            LineChart(title: "Losses while training", lines: losses),
            LineChart(title: "Evaluations", lines: scores, digits: 3),
            LineChart(title: "Speed", lines: [speed], digits: 0),
        ]
        return HTML.page(
            title: "Training run: \(identity["command"] ?? "")",
            body: charts.map(\.html).joined(separator: "\n") + table(state, figures) + options(identity)
        )
    }

    private static func table(_ state: RunState, _ figures: [String]) -> String {
        let head = (["step"] + figures + [""]).map { "<th>\(HTML.escaped($0))</th>" }.joined()
        let rows = state.evaluations.map { evaluation in
            let values = evaluation.figures.map { "<td>\(HTML.figure($0.value, digits: 4))</td>" }.joined()
            return "<tr><td>\(evaluation.step)</td>\(values)<td>\(evaluation.isBest ? "saved" : "")</td></tr>"
        }
        return """
            <h2>Every evaluation</h2><div class="scroll"><table><thead><tr>\(head)</tr></thead>
            <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
            """
    }

    private static func options(_ identity: [String: String]) -> String {
        let rows = identity.sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }.map {
            "<tr><th>\(HTML.escaped($0.key))</th><td>\(HTML.escaped($0.value))</td></tr>"
        }
        return "<h2>Options</h2><table>\(rows.joined(separator: "\n"))</table>"
    }
}
