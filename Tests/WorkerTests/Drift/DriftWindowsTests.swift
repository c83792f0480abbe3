// SPDX-License-Identifier: Apache-2.0
import Configuration
import Testing

@testable import Worker

@Suite struct DriftWindowsTests {
    private let start = ContinuousClock.now

    private func add(_ windows: inout DriftWindows, _ count: Int, label: Int = 0, score: Float = 0.5, second: Int = 0) {
        for _ in 0..<count {
            windows.add(label: label, score: score, tokens: 10, unknown: 1, at: start + .seconds(second))
        }
    }

    @Test("The first records are the reference, and each window after it is looked at when it is whole")
    func records() throws {
        var windows = DriftWindows(labels: 2, length: .records(3), first: .records(2))
        add(&windows, 1)
        #expect(windows.reference == nil)
        add(&windows, 1)
        #expect(windows.reference?.records == 2 && windows.last == nil)
        add(&windows, 3, label: 1)
        #expect(windows.last?.labels == [0, 3])
        add(&windows, 2)
        #expect(windows.last?.labels == [0, 3])
        add(&windows, 1)
        let last = try #require(windows.last)
        #expect(last.labels == [3, 0] && last.meanTokens == 10 && last.unknownShare == 0.1)
        #expect(windows.reference?.labels == [2, 0])
    }

    @Test("Windows of time end with the first record that comes after it")
    func times() {
        var windows = DriftWindows(labels: 2, length: .time(.seconds(10)), first: .time(.seconds(5)))
        add(&windows, 4, second: 100)
        add(&windows, 4, second: 104)
        #expect(windows.reference == nil)
        add(&windows, 1, label: 1, second: 105)
        #expect(windows.reference?.records == 8)
        add(&windows, 1, label: 1, second: 114)
        #expect(windows.last == nil)
        add(&windows, 1, second: 500)
        #expect(windows.last?.labels == [0, 2])
    }

    @Test("Confidence is counted in tenths, and scores beyond them in the outermost")
    func confidence() {
        var profile = PredictionProfile(labels: 1)
        for score: Float in [0, 0.05, 0.1, 0.999, 1, -3, .greatestFiniteMagnitude] {
            profile.add(label: 0, score: score, tokens: 3, unknown: 0)
        }
        #expect(profile.confidence == [3, 1, 0, 0, 0, 0, 0, 0, 0, 3])
    }

    @Test(
        "Settings say how much is looked at together",
        arguments: [
            ("10000", .first(.records(10_000))), ("30m", .first(.time(.seconds(1_800)))), ("off", .off),
            ("week.json", .file("week.json")), ("./10000", .file("./10000")), ("2026.json", .file("2026.json")),
            ("99", nil), ("10q", nil), ("", nil),
        ] as [(String, DriftReference?)]
    )
    func settings(text: String, reference: DriftReference?) throws {
        #expect(DriftReference(text) == reference)
    }
}
