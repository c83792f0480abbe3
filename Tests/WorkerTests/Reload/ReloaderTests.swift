// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import Settings
import TestSupport
import Testing
import Threading

@testable import Worker

/// Reloads one after the other, without a model.
@Suite struct ReloaderTests {
    /// A reload that goes on when it is told to.
    private final class Held: Sendable {
        private let state = Monitor((begun: 0, allowed: 0))

        var begun: Int { state.withLock(\.begun) }

        func run() -> Int {
            let number = state.withLock { state in
                state.begun += 1
                return state.begun
            }
            state.broadcast()
            state.wait { $0.allowed >= number ? .done(()) : .wait(until: nil) }
            return number
        }

        func waitForBegin(_ number: Int) { state.wait { $0.begun >= number ? .done(()) : .wait(until: nil) } }

        func allow(_ count: Int) {
            state.withLock { $0.allowed = count }
            state.broadcast()
        }
    }

    private static func change(_ number: Int) -> ModelChange {
        let tag = ModelTag(name: "model-\(number)", digest: "", precision: "int8")
        return ModelChange(
            model: tag,
            previous: tag,
            texts: 4,
            changed: 1,
            needsRestart: [],
            overridden: [("model.path", "--model.path")],
            duration: .seconds(1)
        )
    }

    /// Waits for an answer.
    private static func exchange() -> (HTTPExchange, @Sendable () -> HTTPResponse?) {
        let isDone = Monitor(false)
        let exchange = HTTPExchange {
            isDone.withLock { $0 = true }
            isDone.broadcast()
        }
        return (
            exchange,
            {
                isDone.wait { $0 ? .done(()) : .wait(until: nil) }
                return exchange.response
            }
        )
    }

    @Test(
        "While one runs a request is refused and a signal has one more follow; what comes before it begins is one",
        .timeLimit(.minutes(5))
    )
    func oneAtATime() async throws {
        let held = Held()
        let metrics = ReloadMetrics()
        let reloader = Reloader(metrics: metrics, log: Log(level: .error) { _ in }) { _ in Self.change(held.run()) }
        let (first, second, third) = (Self.exchange(), Self.exchange(), Self.exchange())
        reloader.request(first.0)
        reloader.request(second.0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: try ThreadExecutor("test-reload")) { reloader.run() }
            held.waitForBegin(1)
            reloader.request(third.0)
            #expect(third.1()?.status == 409)
            reloader.request()
            reloader.request()
            held.allow(1)
            let answers = [first.1(), second.1()]
            #expect(answers.allSatisfy { $0?.status == 200 && $0?.body.contains(#""model":"model-1""#) == true })
            #expect(answers[0]?.body.contains(#""texts":4,"changed":1,"changed_share":0.25"#) == true)
            #expect(answers[0]?.body.contains(#""overridden":["model.path (--model.path)"]"#) == true)
            held.waitForBegin(2)
            held.allow(2)
            reloader.close()
            try await group.waitForAll()
        }
        #expect(held.begun == 2)
        var text = MetricsText()
        metrics.write(to: &text)
        #expect(text.text.contains("cloud4bert_model_reloads_total{result=\"succeeded\"} 2"))
        #expect(text.text.contains("cloud4bert_model_reload_changed_share 0.25"))
    }

    @Test("Who asks when the worker stops is told so, and a model that is not ready takes over no more")
    func stops() async throws {
        let held = Held()
        let reloader = Reloader(metrics: ReloadMetrics(), log: Log(level: .error) { _ in }) { isStopped in
            let number = held.run()
            if isStopped() { throw ModelReload.Stopped() }
            return Self.change(number)
        }
        let (running, late) = (Self.exchange(), Self.exchange())
        reloader.request(running.0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: try ThreadExecutor("test-reload")) { reloader.run() }
            held.waitForBegin(1)
            reloader.close()
            held.allow(1)
            reloader.request(late.0)
            #expect(late.1()?.status == 503 && running.1()?.status == 503)
            try await group.waitForAll()
        }
    }

    @Test("A failure is one line of the log and of the answer, whatever its problems are")
    func failure() async throws {
        let lines = Monitor<[String]>([])
        let log = Log(level: .error) { line in lines.withLock { $0.append(line) } }
        let reloader = Reloader(metrics: ReloadMetrics(), log: log) { _ in
            throw SettingsError(problems: ["one: is wrong", "two: is, too"])
        }
        let asked = Self.exchange()
        reloader.request(asked.0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: try ThreadExecutor("test-reload")) { reloader.run() }
            #expect(asked.1()?.status == 422)
            #expect(asked.1()?.body == #"{"error":"one: is wrong; two: is, too"}"# + "\n")
            reloader.close()
            try await group.waitForAll()
        }
        #expect(lines.withLock { $0.count } == 1)
        #expect(lines.withLock { $0[0] }.contains(#"the one in use stays error="one: is wrong; two: is, too""#))
    }
}
