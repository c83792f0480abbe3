// SPDX-License-Identifier: Apache-2.0
import Configuration
internal import FoundationEssentials
import Kafka
import Logging

/// Reads records, decodes and tokenises them, and hands them to the encoders; one thread's loop.
///
/// It polls even when there is no room for records, with its partitions paused: a consumer that does not poll is put
/// out of its group.
struct Intake {
    let source: any RecordSource
    let worker: ConsumerWorker
    let live: LiveModel
    let preparation: Preparation
    let pool: EncoderPool
    let stop: StopSignal
    let control: Control
    let shutdownTimeout: Duration
    let metrics: WorkerMetrics
    let health: Health
    let log: Log
    /// With these two, fronts of partitions jump ahead of what is old.
    var catchUp: CatchUp?
    var gaps: GapReader?
    /// Partitions with something left that they have jumped over.
    var behind: Set<TopicPartition> = []
    var gate = PauseGate()
    /// Whether the partitions that have begun are paused.
    private(set) var isPaused = false

    /// Records of one poll: few enough that the encoders do not idle while the last of them are tokenised.
    static let recordsPerPoll = 64
    static let pollTimeout = Duration.milliseconds(100)
    /// How long a lack of room may last before the partitions are paused. A pause throws away what librdkafka has
    /// fetched ahead, and under load there is room again within milliseconds.
    private static let patience = Duration.milliseconds(500)

    /// Runs until a stop is requested, then drains what is in flight, commits and leaves the group.
    mutating func run() throws(WorkerError) {
        do throws(KafkaError) {
            try source.open()
            while !stop.isRequested {
                let room = try waitForRoom()
                let timeout = room > 0 && gate.count > 0 ? .zero : room > 0 ? frontTimeout : Self.pollTimeout
                let limit = max(min(room - gate.count, Self.recordsPerPoll), 1)
                // What is read past the bytes that there is room for is a part of one record.
                let bytes = max(worker.withPartitions(\.roomForBytes), 1)
                let poll = source.poll(upTo: limit, bytes: bytes, timeout: timeout)
                try take(poll, room: room)
                if !control.isPaused { try takeBehind(isCaughtUp: poll.records.count < limit) }
            }
            gaps?.close()
            try drain()
        } catch {
            gaps?.close()
            _ = source.close(timeout: worker.limit(shutdownTimeout))
            throw .kafka(error)
        }
    }

    private mutating func take(_ poll: Consumer.Poll, room: Int) throws(KafkaError) {
        health.round(of: .intake, worker)
        for error in poll.errors { try note(error) }
        gate.drop(poll.revoked)
        catchUp?.drop(poll.revoked)
        behind.subtract(poll.revoked)
        let isResumed = try resumeAssigned()
        try admit(gate.pass(poll.records, room: isResumed ? room : 0))
        // With a record still to be admitted, the end is not reached: what comes before it would be committed.
        let ends = isResumed ? poll.ends.filter { !gate.holds($0.key) } : [:]
        if !ends.isEmpty {
            worker.withPartitions { partitions in
                for (partition, offset) in ends { partitions.reachEnd(of: partition, at: offset) }
            }
        }
        if gate.count > 0 { try pause() }
    }

    func note(_ error: KafkaError) throws(KafkaError) {
        metrics.kafkaError(error)
        health.kafkaFailed(error)
        guard !error.isFinal else { throw error }
        if error.kind == .maxPollExceeded {
            log.warning("max.poll.interval.ms exceeded; the group removed this worker", worker.account.whereabouts)
        } else {
            log.warning("kafka error", ["error": error.description])
        }
    }

    // MARK: Records

    /// - Parameter isBehind: they were read out of gaps.
    mutating func admit(_ records: [Record], isBehind: Bool = false) throws(KafkaError) {
        guard !records.isEmpty else { return }
        let arrived = ContinuousClock.now
        let now = Int64(Date.now.timeIntervalSince1970 * 1_000)
        var jumps: [(over: Range<Int64>, of: TopicPartition)] = []
        let (generations, fronts) = worker.withPartitions { partitions in
            let generations = records.map { record in
                if isBehind { return partitions.admit(record, isBehind: true) }
                if isOfRecreatedTopic(record, partitions) { partitions.begin(record.topicPartition) }
                if let gap = jump(at: record, in: &partitions, time: now, now: arrived) {
                    jumps.append((gap, record.topicPartition))
                }
                return partitions.admit(record)
            }
            let refused = isBehind ? [] : zip(records, generations).filter { $1 == nil }.map(\.0.topicPartition)
            return (generations, Dictionary(refused.map { ($0, partitions.front(of: $0)) }) { $1 })
        }
        for jump in jumps { noteJump(over: jump.over, of: jump.of) }
        try seek(fronts.compactMapValues(\.self))
        let version = live.version
        let items = zip(records, generations).compactMap { record, generation in
            generation.map {
                InFlight(
                    record,
                    generation: $0,
                    isBehind: isBehind,
                    arrived: arrived,
                    version: version,
                    owner: worker
                )
            }
        }
        var tokenizerTime = Duration.zero
        for item in items { preparation(item, at: now, &tokenizerTime) }
        metrics.prepared(records.count, from: arrived, to: .now, tokenizerTime: tokenizerTime)
        pool.take(items, from: worker)
    }

    /// Whether a record is of a topic that was deleted and created again: its partition ends before what was read of it
    /// already. An earlier offset alone does not say so, for nothing is read twice.
    ///
    /// The watermarks are those in memory: to ask for them under the lock waits for nothing.
    private func isOfRecreatedTopic(_ record: Record, _ partitions: AssignedPartitions) -> Bool {
        guard let last = partitions.lastOffset(of: record.topicPartition), record.offset <= last,
            let end = source.cachedWatermarks(of: record.topicPartition)?.high
        else { return false }
        return end <= last
    }

    // MARK: Back-pressure

    /// Waits for room for records; 0 if there is none, or nothing is to be read, and then all partitions that have begun are paused.
    private mutating func waitForRoom() throws(KafkaError) -> Int {
        guard !control.isPaused else {
            try pause()
            return 0
        }
        if isPaused, !worker.withPartitions(\.isBelowLowWatermark) { return 0 }
        try resume()
        let room = worker.waitForRoom(until: .now + Self.patience)
        if room == 0 { try pause() }
        return room
    }

    private mutating func pause() throws(KafkaError) {
        setPaused(true)
        try source.pause(gate.pause(worker.withPartitions(\.begun)))
    }

    private mutating func resume() throws(KafkaError) {
        setPaused(false)
        let paused = gate.release()
        if !paused.isEmpty { try source.resume(paused) }
    }

    private mutating func setPaused(_ isPaused: Bool) {
        guard self.isPaused != isPaused else { return }
        self.isPaused = isPaused
        health.paused(worker, isPaused)
    }

    // MARK: The end

    /// Stops reading, waits for what is in flight, commits it and leaves the group.
    private mutating func drain() throws(KafkaError) {
        let deadline = ContinuousClock.now + shutdownTimeout
        worker.beginDraining(until: deadline)
        health.draining()
        try pause()
        while !worker.isSettled, ContinuousClock.now < deadline {
            worker.drain(worker.assignment, until: min(deadline, .now + Self.pollTimeout))
            // To leave in the middle of a join would cost the last commit.
            try take(source.poll(upTo: 1, bytes: 1, timeout: source.isJoining ? Self.pollTimeout : .zero), room: 0)
        }
        let left = worker.withPartitions(\.inFlightRecords)
        if left > 0 {
            let isLate = ContinuousClock.now >= deadline
            log.warning(
                isLate
                    ? "shutdown.timeout exceeded; records in flight will be read again"
                    : "records in flight cannot be published and will be read again",
                ["records": "\(left)"]
            )
        }
        // Leaving the group runs the rebalance hook, which commits.
        for error in source.close(timeout: worker.limit(shutdownTimeout)).errors {
            log.warning("kafka error", ["error": error.description])
        }
    }
}
