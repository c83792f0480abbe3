// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kafka
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// A worker at work, whose account is looked at all the time: it has to add up at every scrape.
final class RunningWorker: Sendable {
    let worker: Worker
    private let signal = StopSignal()
    private let task: Task<Void, any Error>
    private let unbalanced = Monitor<[String]>([])
    private let highest = Monitor(0)
    private let end = StopSignal()

    /// Whether the worker has ended.
    var isOver: Bool { end.isRequested }

    init(_ worker: Worker) throws {
        self.worker = worker
        let (signal, end) = (signal, end)
        task = Task(executorPreference: try ThreadExecutor("test-worker")) {
            defer { end.request() }
            try await worker.run(until: signal)
        }
    }

    /// The most records in flight that any scrape saw.
    var mostInFlight: Int { highest.withLock { $0 } }

    /// A metric's value, summed over its series, or of those that have this label.
    func metric(_ name: String, _ label: String = "") -> Int { Self.sum(worker.metricsText, name, label) }

    /// Waits until a condition holds, scraping all the time.
    /// - Parameter gate: lets one batch after another pass until then. A number of batches would not do: results come
    ///   out in the order of the records, and the one that comes first may be in the batch that is still held.
    func wait(_ what: String, stepping gate: EncoderGate? = nil, until holds: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + Looks.patience
        while true {
            let start = ContinuousClock.now
            if try holds() { break }
            scrape()
            gate?.step()
            if ContinuousClock.now >= deadline {
                Issue.record(
                    "\(what) did not come in time\n\(worker.metricsText.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.contains("_bucket") }.joined(separator: "\n"))"
                )
                throw CancellationError()
            }
            Looks.pause(after: start)
        }
        scrape()
    }

    /// Waits until so many records have a result, or were skipped.
    func waitForEnd(of count: Int) throws {
        try wait("the end of \(count) records") { worker.accounts.ended >= count && worker.accounts.inFlight == 0 }
    }

    /// Asks the worker to stop, as SIGTERM does.
    func requestStop() { signal.request() }

    /// Stops the worker, and waits for its end.
    func stop() async throws {
        requestStop()
        try await task.value
        scrape()
        let found = unbalanced.withLock { $0 }
        #expect(found.isEmpty, "scrapes that do not add up: \(found.prefix(3))")
    }

    private func scrape() {
        let sums = Self.sums(of: worker.metricsText)
        let value: (String) -> Int = { sums["cloud4bert_" + $0] ?? 0 }
        let inFlight = value("inflight_records")
        let ended =
            value("records_published_total") + value("records_dead_lettered_total") + value("records_skipped_total")
        let consumed = value("records_consumed_total")
        highest.withLock { $0 = max($0, inFlight) }
        if consumed != ended + inFlight {
            unbalanced.withLock { $0.append("\(consumed) consumed, \(ended) ended, \(inFlight) in flight") }
        }
    }

    /// The values of all metrics, each summed over its series.
    private static func sums(of text: String) -> [String: Int] {
        var sums: [String: Int] = [:]
        for line in text.split(separator: "\n") where line.utf8.first != UInt8(ascii: "#") {
            let end = line.utf8.firstIndex { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: " ") } ?? line.endIndex
            let value = line.utf8.lastIndex(of: UInt8(ascii: " ")).map { line[line.utf8.index(after: $0)...] }
            sums[String(line[..<end]), default: 0] += whole(value ?? "")
        }
        return sums
    }

    /// A value without its fraction; 0 for one that is not finite.
    private static func whole(_ value: Substring) -> Int {
        Double(value).flatMap { Int(exactly: $0.rounded(.towardZero)) } ?? 0
    }

    private static func sum(_ text: String, _ name: String, _ label: String) -> Int {
        text.split(separator: "\n").reduce(0) { sum, line in
            guard line.hasPrefix(name + "{") || line.hasPrefix(name + " "), label.isEmpty || line.contains(label) else {
                return sum
            }
            return sum + whole(line.split(separator: " ").last ?? "")
        }
    }
}

extension [RunningWorker] {
    /// Has one more worker join in even rounds, and waits until it has its share; in odd ones the oldest leaves.
    mutating func joinOrLeave(in round: Int, over topics: TestTopics, _ flags: [String: String]) async throws {
        guard round % 2 == 0 else { return try await removeFirst().stop() }
        let newest = try RunningWorker(try topics.worker(flags))
        append(newest)
        try newest.wait("its share") { newest.worker.isReady }
    }
}
