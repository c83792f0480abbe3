// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Worker

/// A queue in simulated time: texts come at random, one encoder takes the batches that a batcher with a target chooses.
@Suite struct BatchPacerTests {
    private struct Outcome {
        var times: [Double] = []
        var batches = 0

        var p99: Double { times.sorted()[times.count * 99 / 100] }
        var textsPerBatch: Double { Double(times.count) / Double(batches) }
    }

    /// Encodes `texts` texts of 40 tokens that come at `rate` a second, where a batch takes 1 ms and 0.05 ms a token.
    private func simulate(target: Duration?, rate: Double, texts: Int = 20_000) -> Outcome {
        let start = ContinuousClock.now
        let version = ObjectIdentifier(TestOwner.self)
        var random = SystemRandomNumberGenerator()
        var batcher = Batcher<Double>(maxTokens: 4096, maxTexts: 1000, maxWait: .zero, target: target)
        var arrivals: [Double] = []
        var time = 0.0
        for _ in 0..<texts {
            time -= log(1 - Double.random(in: 0..<1, using: &random)) / rate
            arrivals.append(time)
        }
        var (now, next, outcome) = (0.0, 0, Outcome())
        while outcome.times.count < texts {
            while next < texts, arrivals[next] <= now {
                batcher.add(arrivals[next], tokens: 40, of: version, at: start + .seconds(arrivals[next]))
                next += 1
            }
            switch batcher.next(at: start + .seconds(now)) {
            case .encode(let items):
                let took = 0.001 + Double(items.count) * 40 * 0.00005
                now += took
                batcher.observe(tokens: items.count * 40, took: .seconds(took))
                outcome.times += items.map { now - $0 }
                outcome.batches += 1
            case .wait(let due):
                let deadline = due.map { (start.duration(to: $0)) / .seconds(1) } ?? .infinity
                // A nanosecond more: the due time is rounded on its way.
                now = min(next < texts ? arrivals[next] : .infinity, max(deadline, now) + 1e-9)
            }
        }
        return outcome
    }

    @Test("99 of 100 texts are encoded within the target", arguments: [50, 100, 200], [20.0, 100, 250])
    func target(milliseconds: Int, rate: Double) {
        let outcome = simulate(target: .milliseconds(milliseconds), rate: rate)
        #expect(outcome.p99 <= Double(milliseconds) / 1000)
    }

    @Test("The time that a target leaves makes batches larger")
    func fuller() {
        let outcome = simulate(target: .milliseconds(100), rate: 250)
        #expect(outcome.textsPerBatch > 1.5 * simulate(target: nil, rate: 250).textsPerBatch)
    }

    @Test("Before the first batch, and after a much slower one, batches are small")
    func slower() {
        var pacer = BatchPacer(target: .milliseconds(100))
        #expect(pacer.limits.tokens <= 128 && pacer.limits.wait == .zero)
        for _ in 0..<50 { pacer.observe(tokens: 100, took: .milliseconds(1)) }
        let before = pacer.limits.tokens
        pacer.observe(tokens: 100, took: .milliseconds(20))
        #expect(pacer.limits.tokens < before / 4)
    }

    @Test("Small batches of urgent texts between large ones leave these nearly as large as they were")
    func fairness() {
        var (alone, mixed) = (BatchPacer(target: .milliseconds(100)), BatchPacer(target: .milliseconds(100)))
        for _ in 0..<50 {
            for _ in 0..<3 { mixed.observe(tokens: 10, took: .microseconds(1_500)) }
            mixed.observe(tokens: 400, took: .milliseconds(21))
            alone.observe(tokens: 400, took: .milliseconds(21))
        }
        // What those take besides their tokens is time, too.
        #expect(mixed.limits.tokens > alone.limits.tokens * 2 / 3, "\(mixed.limits) and \(alone.limits)")
    }
}
