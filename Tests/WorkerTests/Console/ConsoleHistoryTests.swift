// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct ConsoleHistoryTests {
    private let start = ContinuousClock.now

    private func reading(
        _ second: Int,
        ended: Int = 0,
        labels: [String: Int] = [:],
        lag: Int = 0,
        latency: [Int] = [0, 0, 0],
        fill: (Double, Int) = (0, 0)
    ) -> ConsoleHistory.Reading {
        ConsoleHistory.Reading(
            time: start + .seconds(second),
            ended: ended,
            labels: labels,
            lag: lag,
            latency: Array(zip([0.1, 0.2, 0.4], latency)),
            fill: fill
        )
    }

    @Test("A point is what happened since the reading before")
    func point() throws {
        var history = ConsoleHistory()
        history.add(reading(0, ended: 10, labels: ["a": 4], fill: (1, 2)))
        #expect(history.points.isEmpty)
        history.add(reading(2, ended: 30, labels: ["a": 10, "b": 3], lag: 7, fill: (2.5, 5)))
        let point = try #require(history.points.last)
        #expect(point.rate == 10 && point.labels["a"] == 6 && point.labels["b"] == 3 && point.lag == 7)
        #expect(point.fill == 0.5 && point.p50 == nil)
    }

    @Test("Percentiles are of the last ten readings, within their bucket in a straight line")
    func percentiles() throws {
        let before = reading(0, latency: [5, 5, 5]).latency
        let after = reading(1, latency: [5, 15, 15]).latency
        #expect(abs(try #require(ConsoleHistory.percentile(0.5, from: before, to: after)) - 0.15) < 1e-9)
        #expect(ConsoleHistory.percentile(1, from: before, to: after) == 0.2)
        #expect(ConsoleHistory.percentile(0.5, from: after, to: after) == nil)
        var history = ConsoleHistory()
        for second in 0..<30 {
            history.add(reading(second, latency: second < 10 ? [second, second, second] : [9, 9, 9]))
        }
        #expect(history.points[8].p50 != nil && history.points[17].p50 != nil && history.points[28].p50 == nil)
    }

    @Test("No more than ten minutes are kept")
    func length() {
        var history = ConsoleHistory()
        for second in 0..<700 { history.add(reading(second, ended: second * second)) }
        #expect(history.points.count == ConsoleHistory.length && history.points.last?.rate == 699 * 699 - 698 * 698)
    }
}
