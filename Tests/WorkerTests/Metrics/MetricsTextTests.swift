// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct MetricsTextTests {
    private func written(_ format: MetricsText.Format) -> [Substring] {
        var text = MetricsText(format)
        text.metric("c4b_texts_total", .counter, "Texts.", 3)
        text.metric("c4b_lag", .gauge, "Lag.", [([("topic", "a\"\\\n")], .infinity), ([("topic", "b")], 0.5)])
        let histogram = Histogram.fill()
        for value in [0.001, 0.5, 0.6, 2] { histogram.observe(value) }
        text.histograms("c4b_fill", "Fill.", [([], histogram)])
        return text.text.split(separator: "\n")
    }

    @Test("Prometheus' format names a counter as its samples are named, and escapes what labels hold")
    func prometheus() {
        let lines = written(.prometheus)
        #expect(lines.contains("# TYPE c4b_texts_total counter") && lines.contains("c4b_texts_total 3"))
        #expect(lines.contains(#"c4b_lag{topic="a\"\\\n"} +Inf"#) && lines.contains(#"c4b_lag{topic="b"} 0.5"#))
        #expect(lines.contains(#"c4b_fill_bucket{le="1"} 3"#) && lines.contains(#"c4b_fill_bucket{le="0.5"} 2"#))
        #expect(lines.last == "c4b_fill_count 4")
    }

    @Test("OpenMetrics names a counter's family without its suffix, has bounds as floats, and says where it ends")
    func openMetrics() {
        let lines = written(.openMetrics)
        #expect(lines.contains("# TYPE c4b_texts counter") && lines.contains("c4b_texts_total 3"))
        #expect(lines.contains(#"c4b_fill_bucket{le="1.0"} 3"#))
        #expect(lines.last == "# EOF")
    }

    @Test(
        "OpenMetrics is for those who name it, and do not prefer plain text",
        arguments: [
            (nil, false), ("*/*", false), ("text/plain", false), ("application/openmetrics-text", true),
            (
                "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
                    + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", true
            ),
            ("Application/OpenMetrics-Text ; q=0.2, text/plain ; q=0.9", false),
            ("application/openmetrics-text;q=0", false), ("application/openmetrics-text;q=x", false), (",;,", false),
        ]
    )
    func accept(field: String?, isOpen: Bool) {
        let isFound = if case .openMetrics = MetricsText.Format(accept: field) { true } else { false }
        #expect(isFound == isOpen)
    }
}
