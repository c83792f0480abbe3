// SPDX-License-Identifier: Apache-2.0

/// The part of the texts that is right, over the score that they are given, as an SVG drawing: on the diagonal scores
/// mean what they say. A bin's dot is as large as its share of the texts.
struct ReliabilityChart {
    let calibration: Calibration

    private static let (width, height) = (720.0, 300.0)
    private static let (left, right, top, bottom) = (56.0, 16.0, 12.0, 36.0)

    var html: String {
        let texts = Double(max(calibration.bins.reduce(0) { $0 + $1.texts }, 1))
        let bins = Double(Calibration.binCount)
        let drawn = calibration.bins.enumerated().compactMap { index, bin -> String? in
            guard let confidence = bin.confidence, let accuracy = bin.accuracy else { return nil }
            let (from, to) = (Self.x(Double(index) / bins), Self.x(Double(index + 1) / bins))
            let share = Double(bin.texts) / texts
            let bar =
                #"<rect class="bar" x="\#(figure(from + 1))" y="\#(figure(Self.y(accuracy)))" "#
                + #"width="\#(figure(to - from - 2))" height="\#(figure(Self.y(0) - Self.y(accuracy)))">"#
                + "<title>\(bin.texts) texts, \(HTML.figure(accuracy * 100, digits: 1)) % right</title></rect>"
            return bar + #"<circle class="dot" cx="\#(figure(Self.x(confidence)))" cy="\#(figure(Self.y(accuracy)))" "#
                + #"r="\#(figure(2 + 8 * share.squareRoot()))"/>"#
        }
        return """
            <svg viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="Reliability of the scores">
            \(grid)
            <path class="grid diagonal" d="M\(Self.x(0)) \(Self.y(0))L\(Self.x(1)) \(Self.y(1))"/>
            \(drawn.joined(separator: "\n"))
            </svg>
            <p class="soft">Score of the label that is given, from left to right; part of these texts that has it, upwards.
            Dots on the diagonal are honest scores; the larger, the more texts.</p>
            """
    }

    private var grid: String {
        [0.0, 0.25, 0.5, 0.75, 1].map { value in
            let (x, y) = (figure(Self.x(value)), figure(Self.y(value)))
            return #"<path class="grid" d="M\#(Self.left) \#(y)H\#(Self.width - Self.right)"/>"#
                + #"<text x="\#(Self.left - 6)" y="\#(y)" text-anchor="end" dominant-baseline="middle">"#
                + "\(HTML.figure(value, digits: 2))</text>"
                + #"<text x="\#(x)" y="\#(Self.height - 12)" text-anchor="middle">\#(HTML.figure(value, digits: 2))</text>"#
        }.joined(separator: "\n")
    }

    private static func x(_ score: Double) -> Double { left + score * (width - left - right) }
    private static func y(_ part: Double) -> Double { height - bottom - part * (height - bottom - top) }
    private func figure(_ value: Double) -> String { HTML.figure(value, digits: 1) }
}
