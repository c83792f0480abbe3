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
        let speed = LineChart.Line(
            name: "tokens in a second",
            points: state.progress.map { (Double($0.step), $0.tokensPerSecond) }
        )
        let charts =
            [LineChart(title: "Losses while training", lines: losses)] + evaluations(state)
            + [LineChart(title: "Speed", lines: [speed], digits: 0)]
        return HTML.page(
            title: "Training run: \(identity["command"] ?? "")",
            body: charts.map(\.html).joined(separator: "\n") + table(state) + options(identity)
        )
    }

    /// One chart of all figures; where sources are scored each by itself, one of each figure, a line a source.
    private static func evaluations(_ state: RunState) -> [LineChart] {
        func line(_ name: String, of source: String?, called title: String) -> LineChart.Line {
            LineChart.Line(
                name: title,
                points: state.evaluations.compactMap { evaluation in
                    evaluation.figures(of: source).first { $0.name == name }.map { (Double(evaluation.step), $0.value) }
                }
            )
        }
        let (names, sources) = columns(state)
        guard !sources.isEmpty else {
            return [LineChart(title: "Evaluations", lines: names.map { line($0, of: nil, called: $0) }, digits: 3)]
        }
        return names.map { name in
            LineChart(
                title: "Evaluations: \(readable(name))",
                lines: [line(name, of: nil, called: "mean")] + sources.map { line(name, of: $0, called: $0) },
                digits: 3
            )
        }
    }

    /// The figures that an evaluation has, and the sources that it scores each by itself.
    private static func columns(_ state: RunState) -> (names: [String], sources: [String]) {
        guard let first = state.evaluations.first else { return ([], []) }
        return (first.figures(of: nil).map(\.name), first.sources)
    }

    private static func table(_ state: RunState) -> String {
        let (names, sources) = columns(state)
        let head = ["step"] + (sources.isEmpty ? [] : ["texts"]) + names.map(readable) + [""]
        let rows = state.evaluations.flatMap { evaluation in
            ([nil] + sources).map { source in
                let figures = evaluation.figures(of: source)
                let values = names.map { name in
                    let value = figures.first { $0.name == name }?.value
                    return "<td>\(value.map { HTML.figure($0, digits: 4) } ?? "")</td>"
                }
                let name = sources.isEmpty ? "" : "<td>\(HTML.escaped(source ?? "mean"))</td>"
                return "<tr><td>\(evaluation.step)</td>\(name)\(values.joined())"
                    + "<td>\(evaluation.isBest && source == nil ? "saved" : "")</td></tr>"
            }
        }
        return """
            <h2>Every evaluation</h2><div class="scroll"><table><thead>
            <tr>\(head.map { "<th>\(HTML.escaped($0))</th>" }.joined())</tr></thead>
            <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
            """
    }

    private static func readable(_ name: String) -> String {
        String(name.map { $0 == "_" ? " " : $0 })
    }

    private static func options(_ identity: [String: String]) -> String {
        let rows = identity.sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }.map {
            "<tr><th>\(HTML.escaped($0.key))</th><td>\(HTML.escaped($0.value))</td></tr>"
        }
        return "<h2>Options</h2><table>\(rows.joined(separator: "\n"))</table>"
    }
}
