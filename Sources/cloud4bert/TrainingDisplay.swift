// SPDX-License-Identifier: Apache-2.0
import Foundation
import Training

/// Shows how a training run goes, on stderr: a bar on a terminal, elsewhere a line of `name=value` for each report.
struct TrainingDisplay {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var hasBar = false

    mutating func show(_ event: RunEvent) {
        switch event {
        case .note(let text): line(text)
        case .progress(let progress): isTerminal ? bar(progress) : line(Self.fields(progress))
        case .evaluation(let evaluation): Self.lines(evaluation).forEach { line($0) }
        }
    }

    /// Ends the bar's line.
    mutating func close() {
        if hasBar { write("\n") }
        hasBar = false
    }

    private mutating func line(_ text: String) {
        // Over the bar, which the next report draws again.
        write((hasBar ? "\r\u{1B}[K" : "") + text + "\n")
        hasBar = false
    }

    private mutating func bar(_ progress: RunProgress) {
        let width = 24
        let done = progress.step * width / max(progress.steps, 1)
        let bar = String(repeating: "█", count: done) + String(repeating: "░", count: width - done)
        let losses = progress.losses.sorted { $0.key < $1.key }.map { String(format: "%@ %.4f", $0.key, $0.value) }
        write(
            "\r\u{1B}[K\(bar) \(progress.step)/\(progress.steps)  \(losses.joined(separator: "  "))  "
                + String(format: "%.0f tokens/s  ", progress.tokensPerSecond) + Self.time(progress.secondsLeft)
                + " left"
        )
        hasBar = true
    }

    private func write(_ text: String) {
        // A terminal that was closed is no reason to stop training.
        try? Terminal.write(Array(text.utf8), to: STDERR_FILENO)
    }

    private static func fields(_ progress: RunProgress) -> String {
        let losses = progress.losses.sorted { $0.key < $1.key }.map { String(format: "%@=%.4f", $0.key, $0.value) }
        return "step=\(progress.step)/\(progress.steps) \(losses.joined(separator: " ")) "
            + String(
                format: "gradient_norm=%.3f learning_rate=%.3g tokens_per_second=%.0f left=%@",
                progress.gradientNorm,
                progress.learningRate,
                progress.tokensPerSecond,
                time(progress.secondsLeft)
            )
    }

    /// A line for each source, and the last for all.
    private static func lines(_ evaluation: RunEvaluation) -> [String] {
        func fields(_ source: String?) -> String {
            let name = source.map { "source=\($0.replacingOccurrences(of: " ", with: "_")) " } ?? ""
            return name
                + evaluation.figures(of: source).map { String(format: "%@=%.4f", $0.name, $0.value) }
                .joined(separator: " ")
        }
        let sources = evaluation.sources.map(fields) + [fields(nil) + " best=\(evaluation.isBest)"]
        return sources.map { "evaluation step=\(evaluation.step) \($0)" }
    }

    private static func time(_ seconds: Double) -> String {
        let seconds = Int(min(max(seconds, 0), 1e9))
        if seconds >= 3600 { return "\(seconds / 3600)h\(seconds % 3600 / 60)m" }
        return seconds >= 60 ? "\(seconds / 60)m\(seconds % 60)s" : "\(seconds)s"
    }
}
