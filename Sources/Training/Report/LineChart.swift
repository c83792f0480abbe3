// SPDX-License-Identifier: Apache-2.0

/// Lines over steps as one SVG drawing, whose colours the page's style sheet gives.
package struct LineChart {
    package struct Line {
        let name: String
        let points: [(x: Double, y: Double)]

        package init(name: String, points: [(x: Double, y: Double)]) {
            self.name = name
            self.points = points
        }
    }

    let title: String
    let lines: [Line]
    /// How many digits a figure has behind the point.
    let digits: Int
    /// What stands under a place of the axis.
    private let place: (Double) -> String

    package init(
        title: String,
        lines: [Line],
        digits: Int = 2,
        place: @escaping (Double) -> String = { "\(Int($0))" }
    ) {
        self.title = title
        self.lines = lines
        self.digits = digits
        self.place = place
    }

    private static let (width, height) = (720.0, 260.0)
    private static let (left, right, top, bottom) = (56.0, 16.0, 12.0, 28.0)

    /// The drawing with its title and legend; nothing without points.
    package var html: String {
        let points = lines.flatMap(\.points).filter { $0.y.isFinite }
        guard let first = points.first else { return "" }
        let (xs, ys) = (Range(points.map(\.x), first.x), Range(points.map(\.y), first.y))
        let drawn = lines.enumerated().map { index, line in
            let path = line.points.filter { $0.y.isFinite }.enumerated().map { place, point in
                "\(place == 0 ? "M" : "L")\(x(point.x, xs)) \(y(point.y, ys))"
            }
            return #"<path class="line c\#(index % 6)" d="\#(path.joined(separator: " "))"/>"#
        }
        let legend = lines.enumerated().map { index, line in
            #"<span class="key c\#(index % 6)"></span>\#(HTML.escaped(line.name))"#
        }
        return """
            <figure><figcaption><h2>\(HTML.escaped(title))</h2><p>\(legend.joined(separator: " "))</p></figcaption>
            <svg viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="\(HTML.escaped(title))">
            \(grid(xs, ys))
            \(drawn.joined(separator: "\n"))
            </svg></figure>
            """
    }

    private func grid(_ xs: Range, _ ys: Range) -> String {
        let rows = (0...4).map { index in
            let value = ys.low + ys.span * Double(index) / 4
            let place = y(value, ys)
            return #"<path class="grid" d="M\#(Self.left) \#(place)H\#(Self.width - Self.right)"/>"#
                + #"<text x="\#(Self.left - 6)" y="\#(place)" text-anchor="end" dominant-baseline="middle">"#
                + "\(HTML.figure(value, digits: digits))</text>"
        }
        let columns = (0...4).map { index in
            let value = xs.low + xs.span * Double(index) / 4
            return #"<text x="\#(x(value, xs))" y="\#(Self.height - 8)" text-anchor="middle">"#
                + "\(HTML.escaped(place(value)))</text>"
        }
        return (rows + columns).joined(separator: "\n")
    }

    private struct Range {
        let low: Double
        let span: Double

        init(_ values: [Double], _ first: Double) {
            let (low, high) = values.reduce((first, first)) { (min($0.0, $1), max($0.1, $1)) }
            self.low = low
            span = high > low ? high - low : 1
        }
    }

    private func x(_ value: Double, _ range: Range) -> String {
        HTML.figure(Self.left + (value - range.low) / range.span * (Self.width - Self.left - Self.right), digits: 1)
    }

    private func y(_ value: Double, _ range: Range) -> String {
        let share = (value - range.low) / range.span
        return HTML.figure(Self.height - Self.bottom - share * (Self.height - Self.bottom - Self.top), digits: 1)
    }
}
