// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Logging
import Settings
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// The threads of a consumer worker, with a source and a sink that a test holds in its hand.
@Suite struct ConsumerWorkerTests {
    private let first = TopicPartition(topic: "in", partition: 0)

    /// Commits what it is told to, when it is told to.
    private final class TestSource: RecordSource {
        struct State {
            var polls: [Consumer.Poll] = []
            var committed: [[TopicPartition: OffsetAndMetadata]] = []
            var paused: Set<TopicPartition> = []
            var isClosed = false
        }
        let state = Monitor(State())
        let assign: @Sendable () -> Void

        init(assign: @escaping @Sendable () -> Void = {}) { self.assign = assign }

        struct Done: CommitUnderWay {
            let offsets: [TopicPartition: OffsetAndMetadata]
            func result(timeout: Duration) -> Result<[TopicPartition: OffsetAndMetadata], KafkaError>? {
                .success(offsets)
            }
        }

        func open() { assign() }
        func poll(upTo limit: Int, bytes: Int, timeout: Duration) -> Consumer.Poll {
            state.withLock { $0.polls.isEmpty ? Consumer.Poll() : $0.polls.removeFirst() }
        }
        func pause(_ partitions: [TopicPartition]) { state.withLock { $0.paused.formUnion(partitions) } }
        func resume(_ partitions: [TopicPartition]) { state.withLock { $0.paused.subtract(partitions) } }
        func seek(_ offsets: [TopicPartition: Int64]) {}
        func cachedWatermarks(of partition: TopicPartition) -> (low: Int64, high: Int64)? { nil }
        var isJoining: Bool { false }
        func startCommit(_ offsets: [TopicPartition: OffsetAndMetadata]) -> any CommitUnderWay {
            state.withLock { $0.committed.append(offsets) }
            state.broadcast()
            return Done(offsets: offsets)
        }
        func committed(_ partitions: [TopicPartition], timeout: Duration) -> [TopicPartition: OffsetAndMetadata] { [:] }
        func close(timeout: Duration) -> Consumer.Poll {
            state.withLock { $0.isClosed = true }
            return Consumer.Poll()
        }
    }

    /// Acknowledges all that is sent, or holds it back.
    private final class TestSink: RecordSink {
        private let state = Monitor<(sent: [Message], reports: [DeliveryReport])>(([], []))

        var sent: [Message] { state.withLock { $0.sent } }

        func send(_ message: Message, token: UInt64) {
            let partition = TopicPartition(topic: message.topic, partition: 0)
            state.withLock { state in
                state.sent.append(message)
                state.reports.append(DeliveryReport(token: token, topicPartition: partition, offset: 0))
            }
        }
        func poll(timeout: Duration) -> Producer.Poll {
            state.withLock { state in
                defer { state.reports = [] }
                return Producer.Poll(reports: state.reports)
            }
        }
        func flush(timeout: Duration) -> Producer.Poll { poll(timeout: timeout) }
    }

    private struct Parts {
        let worker: ConsumerWorker
        let version: ModelVersion
        let health = Health()
        let control = Control()
        let metrics: WorkerMetrics
        let log = Log(level: .error)

        init(maxRecords: Int = 100, cacheBytes: Int = 0) throws {
            let delivery = AtLeastOnceDelivery(
                deadLetter: DeadLetter(topic: "dead", group: "g"),
                commitInterval: .milliseconds(1),
                at: .now
            )
            version = try testVersion(cacheBytes: cacheBytes)
            worker = ConsumerWorker(AssignedPartitions(maxRecords: maxRecords, maxBytes: 1_000_000), delivery)
            metrics = WorkerMetrics(
                live: LiveModel(version, try testSettings()),
                encoders: 1,
                health: health
            )
        }

        func loop(_ source: any RecordSource, _ sink: any RecordSink) -> DeliveryLoop {
            DeliveryLoop(worker: worker, source: source, sink: sink, metrics: metrics, health: health, log: log)
        }
    }

    @Test("What is finished goes out, is committed, and a drain waits for both", .timeLimit(.minutes(5)))
    func deliveryLoop() async throws {
        let (parts, source, sink) = (try Parts(), TestSource(), TestSink())
        let make = try InFlightMaker()
        let worker = parts.worker
        worker.withPartitions { $0.assign([first]) }
        let items = (0..<10).compactMap { index in
            let record = testRecord("x", offset: Int64(index))
            return worker.withPartitions { $0.admit(record) }.map { make(record, generation: $0) }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: try ThreadExecutor("test-publish")) {
                var loop = parts.loop(source, sink)
                try loop.run()
            }
            for item in items { make.end(item) }
            worker.finish(items)
            #expect(worker.drain([first], until: .now + .seconds(240)))
            worker.revoke([first])
            worker.close()
            try await group.waitForAll()
        }
        #expect(sink.sent.count == 10)
        #expect(source.state.withLock { $0.committed.last } == [first: 10])
        #expect(worker.account.counts.published == 10 && parts.health.committedOffsets(of: [first]) == [first: 10])
    }

    @Test(
        "A drain ends at its deadline, at the worker's, and when nothing more can be published",
        .timeLimit(.minutes(5))
    )
    func drainEnds() throws {
        let worker = try Parts().worker
        worker.withPartitions { partitions in
            partitions.assign([first])
            _ = partitions.admit(testRecord("x"))
        }
        #expect(!worker.drain([first], until: .now))
        worker.beginDraining(until: .now)
        #expect(!worker.drain([first], until: .now + .seconds(3600)))
        #expect(!worker.isSettled)
        worker.fail()
        #expect(worker.drain([first], until: .now + .seconds(3600)))
        #expect(worker.isSettled)
    }

    @Test("Something with a limit of its own may take less when the end is near, but never nothing")
    func limit() throws {
        let worker = try Parts().worker
        #expect(worker.limit(.seconds(30)) == .seconds(30))
        worker.beginDraining(until: .now + .seconds(10))
        #expect(worker.limit(.seconds(30)) <= .seconds(10) && worker.limit(.seconds(30)) > .seconds(5))
        worker.beginDraining(until: .now)
        #expect(worker.limit(.seconds(30)) == .seconds(1))
    }

    private static func makeIntake(
        _ source: TestSource,
        _ parts: Parts,
        _ pool: EncoderPool,
        _ stop: StopSignal,
        _ settings: Settings
    ) -> Intake {
        Intake(
            source: source,
            worker: parts.worker,
            live: parts.metrics.live,
            preparation: Preparation(settings: settings, output: Output(settings: settings)),
            pool: pool,
            stop: stop,
            control: parts.control,
            shutdownTimeout: .seconds(250),
            metrics: parts.metrics,
            health: parts.health,
            log: parts.log
        )
    }

    /// Runs an intake over polls, without an encoder, until a stop is requested.
    private func take(
        _ polls: [Consumer.Poll],
        _ parts: Parts,
        flags: [String: String] = [:],
        until holds: @escaping @Sendable (TestSource) -> Bool
    ) async throws -> TestSource {
        let settings = try testSettings(flags)
        let (worker, partition) = (parts.worker, first)
        let source = TestSource { worker.withPartitions { $0.assign([partition]) } }
        source.state.withLock { $0.polls = polls }
        let stop = StopSignal()
        let pool = EncoderPool(
            batcher: Batcher(settings: settings),
            explanations: .off,
            output: Output(settings: settings),
            deadLetter: DeadLetter(settings: settings),
            metrics: parts.metrics
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: try ThreadExecutor("test-intake")) {
                var intake = Self.makeIntake(source, parts, pool, stop, settings)
                try intake.run()
            }
            // Nothing delivers here, and so nothing is waited for at the end.
            worker.fail()
            while !holds(source) { try await Task.sleep(for: .milliseconds(1)) }
            stop.request()
            try await group.waitForAll()
        }
        return source
    }

    @Test(
        "Records without a text get their result from the intake, the others go to the encoders",
        .timeLimit(.minutes(5))
    )
    func intake() async throws {
        let parts = try Parts()
        var poll = Consumer.Poll()
        poll.records = [
            testRecord(#"{"text":"good"}"#, offset: 0), testRecord("{", offset: 1), testRecord(nil, offset: 2),
            testRecord(#"{"text":""}"#, offset: 3),
        ]
        let worker = parts.worker
        let flags = ["on.tombstone": "forward", "on.empty": "skip"]
        let source = try await take([poll], parts, flags: flags) { source in
            parts.health.observe([(worker, source)])
            // It is seen going round, so that it would be missed.
            return worker.account.sequencing == 3
                && parts.health.unliveness(at: .now + .seconds(60)) == "a thread hangs: intake"
        }
        // Who has ended is not missed.
        worker.close()
        #expect(parts.health.unliveness(at: .now + .seconds(60)) == nil)
        #expect(worker.account.encoding == 1 && worker.account.counts.consumed == 4)
        #expect(source.state.withLock { $0.isClosed })
        #expect(parts.health.unreadiness == "draining" || parts.health.statuses.isEmpty)
    }

    @Test("Each record comes out once, through intake, encoders and delivery at the same time", .timeLimit(.minutes(5)))
    func wholeWay() async throws {
        let (parts, sink, count) = (try Parts(cacheBytes: 1 << 20), TestSink(), 2_000)
        let settings = try testSettings()
        let (worker, partition) = (parts.worker, first)
        let source = TestSource { worker.withPartitions { $0.assign([partition]) } }
        var polls: [Consumer.Poll] = []
        for start in stride(from: 0, to: count, by: 20) {
            var poll = Consumer.Poll()
            poll.records = (start..<start + 20)
                .map { testRecord($0 % 7 == 0 ? "{" : #"{"text":"no. \#($0 % 50)"}"#, offset: Int64($0)) }
            polls.append(poll)
        }
        source.state.withLock { $0.polls = polls }
        let stop = StopSignal()
        let pool = EncoderPool(
            batcher: Batcher(settings: settings),
            explanations: .off,
            output: Output(settings: settings),
            deadLetter: DeadLetter(settings: settings),
            metrics: parts.metrics
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: try ThreadExecutor("test-publish")) {
                var loop = parts.loop(source, sink)
                try loop.run()
            }
            for thread in 0..<2 {
                group.addTask(executorPreference: try ThreadExecutor("test-encode")) {
                    try pool.encode(as: thread)
                }
            }
            group.addTask(executorPreference: try ThreadExecutor("test-intake")) {
                var intake = Self.makeIntake(source, parts, pool, stop, settings)
                try intake.run()
                pool.close()
                worker.close()
            }
            while worker.account.counts.ended < count { try await Task.sleep(for: .milliseconds(1)) }
            stop.request()
            try await group.waitForAll()
        }
        let dead = (0..<count).count { $0 % 7 == 0 }
        #expect(sink.sent.count { $0.topic == "dead" } == dead && sink.sent.count { $0.topic == "out" } == count - dead)
        #expect(source.state.withLock { $0.committed.last } == [first: OffsetAndMetadata(offset: Int64(count))])
    }

    @Test("Partitions are paused while there is no room, and resumed below the low watermark", .timeLimit(.minutes(5)))
    func pauses() async throws {
        let parts = try Parts(maxRecords: 2)
        var poll = Consumer.Poll()
        poll.records = (0..<4).map { testRecord("{", offset: Int64($0)) }
        let (worker, partition) = (parts.worker, first)
        let source = try await take([poll], parts) { source in
            if worker.account.counts.consumed == 4 { return true }
            guard source.state.withLock({ $0.paused.contains(partition) }) else { return false }
            // What was sent is acknowledged, and makes room, for the last record perhaps before the next is: then there
            // is room left, and no second pause.
            while let item = worker.withPartitions({ $0.next() }) {
                worker.withPartitions { partitions in
                    partitions.resolve(item)
                    partitions.commit(partitions.duePositions)
                }
            }
            return false
        }
        #expect(worker.account.counts.consumed == 4, "what was set aside is admitted later")
        #expect(source.state.withLock { $0.polls.isEmpty })
    }
}
