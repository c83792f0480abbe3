// SPDX-License-Identifier: Apache-2.0
import Training
import Worker

/// How many records get their label with which score, of both models, as an SVG drawing: bars in tenths, side by side.
struct ConfidenceChart {
    let before: PredictionCounts
    let after: PredictionCounts

    private static let (width, height) = (720.0, 220.0)
    private static let (left, right, top, bottom) = (16.0, 16.0, 12.0, 28.0)

    var html: String {
        let counts = [before.confidence, after.confidence]
        let shares = counts.map { counts in counts.map { Double($0) / Double(max(counts.reduce(0, +), 1)) } }
        let most = max(shares.joined().max() ?? 0, 1e-9)
        let step = (Self.width - Self.left - Self.right) / Double(before.confidence.count)
        let bars = shares.enumerated().flatMap { side, shares in
            shares.enumerated().map { index, share in
                let height = share / most * (Self.height - Self.top - Self.bottom)
                let x = Self.left + (Double(index) + 0.1 + 0.4 * Double(side)) * step
                return #"<rect x="\#(figure(x))" y="\#(figure(Self.height - Self.bottom - height))" "#
                    + #"width="\#(figure(step * 0.4))" height="\#(figure(height))" style="fill:var(--c\#(side))">"#
                    + "<title>\(side == 0 ? "A" : "B"): \(counts[side][index]) records, "
                    + "\(HTML.figure(share * 100, digits: 1)) %</title></rect>"
            }
        }
        let places = (0...before.confidence.count).map { index in
            #"<text x="\#(figure(Self.left + Double(index) * step))" y="\#(Self.height - 8)" text-anchor="middle">"#
                + "\(HTML.figure(Double(index) / Double(before.confidence.count), digits: 1))</text>"
        }
        return """
            <p class="soft"><span class="key c0"></span>A <span class="key c1"></span>B; records by their label's score.</p>
            <svg viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="Scores of the labels that are given">
            \((bars + places).joined(separator: "\n"))
            </svg>
            """
    }

    private func figure(_ value: Double) -> String { HTML.figure(value, digits: 1) }
}
