// SPDX-License-Identifier: Apache-2.0
import Worker

extension Demo {
    /// Prints the first records as a table, then the figures of all.
    ///
    /// - Parameter work: what the encoders did for them: most of the texts are repetitions, which the cache answers.
    func show(_ tagged: [Tagged], _ work: EncoderWork) throws {
        let width = 72
        try Terminal.line("partition  offset  label     score  text")
        for record in tagged.prefix(DemoTexts.all.count) {
            let text = record.text.count > width ? record.text.prefix(width - 1) + "…" : record.text[...]
            let row = [
                "\(record.partition)".padded(to: 9),
                "\(record.offset)".padded(to: 6),
                Self.coloured(record.label, record.label.padded(to: 8)),
                Self.decimal(record.score, digits: 3),
                String(text),
            ]
            try Terminal.line(row.joined(separator: "  "))
        }
        let latencies = tagged.map(\.latency).sorted()
        guard let longest = latencies.last else { return }
        let labels = Dictionary(grouping: tagged, by: \.label).mapValues(\.count).sorted { $0.key < $1.key }
        try Terminal.line("")
        try Terminal.line("records    \(tagged.count), in order of their offsets within each partition")
        try Terminal.line(
            "encoded    \(work.texts) texts, \(work.tokens) tokens in \(Self.decimal(work.seconds * 1_000, digits: 0)) ms of "
                + "the encoders' time; \(work.cached) answered from the cache"
        )
        try Terminal.line(
            "latency    median \(Self.decimal(latencies[latencies.count / 2] * 1_000, digits: 0)) ms, "
                + "longest \(Self.decimal(longest * 1_000, digits: 0)) ms, all records produced at once"
        )
        try Terminal.line("labels     \(labels.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
    }

    private static func coloured(_ label: String, _ text: String) -> String {
        guard Terminal.isInteractive else { return text }
        let colour = ["negative": "31", "neutral": "33", "positive": "32"][label] ?? "36"
        return "\u{1B}[\(colour)m\(text)\u{1B}[0m"
    }

    private static func decimal(_ value: Double, digits: Int) -> String {
        let factor = (0..<digits).reduce(1) { product, _ in product * 10 }
        let scaled = Int((value * Double(factor)).rounded())
        let fraction = String(scaled % factor)
        return digits == 0
            ? "\(scaled)" : "\(scaled / factor).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(width - count, 0))
    }
}
