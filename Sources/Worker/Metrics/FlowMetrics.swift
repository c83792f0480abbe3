// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
import Kafka
internal import Synchronization
import Threading

/// What the worker counts and times, beside what the lanes' flows account for.
final class FlowMetrics: Sendable {
    private struct State {
        var lanes: [(lane: Lane, consumer: Consumer)] = []
        var isDraining = false
        /// Kafka did not answer when it was last spoken to.
        var isKafkaAway = false
        var stalled: Set<ObjectIdentifier> = []
        var kafkaErrors: [KafkaError.Kind: Int] = [:]
        var abortedTransactions: [KafkaError.Kind: Int] = [:]
        var rebalances: [String: Int] = [:]
        var committed: [TopicPartition: Int64] = [:]
        var lastCommit: Date?
    }

    private let model: ModelTag
    private let encoders: Int
    private let state = Mutex(State())

    private let tokens = Counter()
    private let cacheHits = Counter()
    private let cacheMisses = Counter()
    private let commits = Counter()
    private let failedCommits = Counter()
    private let committedTransactions = Counter()
    private let prepareTime = Histogram.seconds()
    private let queueTime = Histogram.seconds()
    private let encodeTime = Histogram.seconds()
    private let tokenizerNanoseconds = Counter()
    private let encoderNanoseconds = Counter()
    private let endToEndTime = Histogram.seconds()
    private let batchTexts = Histogram.sizes(upTo: 1 << 12)
    private let batchTokens = Histogram.sizes(upTo: 1 << 17)

    init(model: ModelTag, encoders: Int) {
        self.model = model
        self.encoders = encoders
    }

    /// Says whose records these metrics are of.
    func observe(_ lanes: [(lane: Lane, consumer: Consumer)]) {
        state.withLock { $0.lanes = lanes }
    }

    // MARK: Events

    func prepared(
        _ count: Int,
        from start: ContinuousClock.Instant,
        to end: ContinuousClock.Instant,
        tokenizerTime: Duration
    ) {
        prepareTime.observe((end - start) / count, times: count)
        tokenizerNanoseconds.add(Int(tokenizerTime / .nanoseconds(1)))
    }

    func lookedUp(hits: Int, misses: Int) {
        cacheHits.add(hits)
        cacheMisses.add(misses)
    }

    func encoded(
        _ items: [WorkItem],
        tokens count: Int,
        from start: ContinuousClock.Instant,
        to end: ContinuousClock.Instant,
        processorTime: Duration
    ) {
        tokens.add(count)
        encoderNanoseconds.add(Int(processorTime / .nanoseconds(1)))
        batchTexts.observe(Double(items.count))
        batchTokens.observe(Double(count))
        encodeTime.observe(end - start)
        for item in items { queueTime.observe(start - item.arrived) }
    }

    func delivered(_ records: [Record]) {
        let now = Date.now.timeIntervalSince1970
        for case let time? in records.map(\.timestamp) {
            endToEndTime.observe(max(now - Double(time.milliseconds) / 1_000, 0))
        }
    }

    func committed(_ offsets: [TopicPartition: Int64]) {
        commits.add()
        state.withLock { state in
            state.committed.merge(offsets) { $1 }
            state.lastCommit = .now
        }
    }

    func commitFailed() { failedCommits.add() }

    func transactionCommitted() { committedTransactions.add() }

    func transactionAborted(_ reason: KafkaError.Kind) {
        state.withLock { $0.abortedTransactions[reason, default: 0] += 1 }
    }

    func kafkaError(_ error: KafkaError) {
        state.withLock { state in
            state.kafkaErrors[error.kind, default: 0] += 1
            if error.kind == .brokerUnavailable { state.isKafkaAway = true }
        }
    }

    /// Kafka answers, whatever it did before.
    func kafkaAnswered() { state.withLock { $0.isKafkaAway = false } }

    /// Whether the last that was heard of Kafka is that it does not answer.
    var isKafkaAway: Bool { state.withLock { $0.isKafkaAway } }

    /// A lane has records and commits none, or does so again.
    func stalled(_ lane: Lane, _ isStalled: Bool) {
        state.withLock { state in
            if isStalled {
                state.stalled.insert(ObjectIdentifier(lane))
            } else {
                state.stalled.remove(ObjectIdentifier(lane))
            }
        }
    }

    /// What this worker has committed of these partitions.
    func committedOffsets(of partitions: [TopicPartition]) -> [TopicPartition: Int64] {
        let committed = state.withLock { $0.committed }
        return Dictionary(uniqueKeysWithValues: partitions.compactMap { key in committed[key].map { (key, $0) } })
    }

    func rebalanced(_ change: Consumer.Rebalance) {
        state.withLock { state in
            switch change {
            case .assigned:
                state.rebalances["assigned", default: 0] += 1
            case .revoked(let partitions):
                state.rebalances["revoked", default: 0] += 1
                for partition in partitions { state.committed[partition] = nil }
            case .lost(let partitions):
                state.rebalances["lost", default: 0] += 1
                for partition in partitions { state.committed[partition] = nil }
            }
        }
    }

    /// The worker has begun to stop.
    func draining() {
        state.withLock { $0.isDraining = true }
    }

    /// Why the worker is not ready; nil if it is.
    var unreadiness: String? {
        let now = state.withLock { $0 }
        if now.isDraining { return "draining" }
        guard now.lanes.allSatisfy({ $0.lane.state.withLock { $0.flow.hasJoined } }) else { return "joining the group" }
        if now.isKafkaAway { return "kafka does not answer" }
        return now.stalled.isEmpty ? nil : "nothing is committed"
    }

    /// What the encoders have done.
    var work: EncoderWork {
        EncoderWork(
            texts: Int(batchTexts.snapshot.sum),
            tokens: tokens.value,
            seconds: encodeTime.snapshot.sum,
            cached: cacheHits.value
        )
    }

    // MARK: Exposition

    /// All metrics in Prometheus' text format.
    var text: String {
        let now = state.withLock { $0 }
        let lanes = now.lanes.map { entry in
            let (account, isPaused) = entry.lane.state.withLock { ($0.flow.account, $0.isPaused) }
            return (account: account, isPaused: isPaused, consumer: entry.consumer)
        }
        var text = MetricsText()
        text.metric(
            "cloud4bert_model_info",
            .gauge,
            "The model in use.",
            [([("model", model.name), ("sha256", model.digest), ("precision", model.precision)], 1)]
        )
        text.metric("cloud4bert_encoder_threads", .gauge, "Threads that encode.", encoders)
        records(lanes.map(\.account), &text)
        text.metric(
            "cloud4bert_paused_partitions",
            .gauge,
            "Partitions not read for lack of room.",
            lanes.reduce(0) { $0 + ($1.isPaused ? $1.account.assignment.count : 0) }
        )
        text.metric("cloud4bert_tokens_total", .counter, "Tokens encoded.", tokens.value)
        text.metric(
            "cloud4bert_cache_requests_total",
            .counter,
            "Texts, by whether the model had said something of the same one already.",
            [([("result", "hit")], Double(cacheHits.value)), ([("result", "miss")], Double(cacheMisses.value))]
        )
        text.metric(
            "cloud4bert_tokenizer_cpu_seconds_total",
            .counter,
            "CPU time of the threads that read, in the tokenizer.",
            [([], Double(tokenizerNanoseconds.value) / 1e9)]
        )
        text.metric(
            "cloud4bert_encoder_cpu_seconds_total",
            .counter,
            "CPU time of the threads that encode, in the encoder.",
            [([], Double(encoderNanoseconds.value) / 1e9)]
        )
        text.histograms("cloud4bert_batch_texts", "Texts of a batch.", [([], batchTexts)])
        text.histograms("cloud4bert_batch_tokens", "Tokens of a batch.", [([], batchTokens)])
        text.histograms(
            "cloud4bert_stage_duration_seconds",
            "Time of a record in decoding and tokenising, in the queue, and of a batch in the encoder.",
            [
                ([("stage", "prepare")], prepareTime), ([("stage", "queue")], queueTime),
                ([("stage", "encode")], encodeTime),
            ]
        )
        text.histograms(
            "cloud4bert_end_to_end_seconds",
            "From the record's timestamp to the acknowledgement of its result.",
            [([], endToEndTime)]
        )
        kafka(now, lanes.map { ($0.account.assignment, $0.consumer) }, &text)
        ProcessMetrics.write(to: &text)
        return text.text
    }

    /// The records' account: consumed = published + dead letters + skipped + in flight.
    private func records(_ accounts: [Flow.Account], _ text: inout MetricsText) {
        let counts = accounts.map(\.counts)
        text.metric(
            "cloud4bert_records_consumed_total",
            .counter,
            "Records read.",
            counts.reduce(0) { $0 + $1.consumed }
        )
        text.metric(
            "cloud4bert_records_published_total",
            .counter,
            "Results acknowledged, dead letters aside.",
            counts.reduce(0) { $0 + $1.published }
        )
        let tagged = counts.reduce(into: [:]) { $0.merge($1.tagged, uniquingKeysWith: +) }
        text.metric(
            "cloud4bert_records_classified_total",
            .counter,
            "Tagged records acknowledged, by label.",
            tagged.sorted { $0.key < $1.key }.map { ([("label", $0.key)], Double($0.value)) }
        )
        let dead = counts.reduce(into: [:]) { $0.merge($1.deadLettered, uniquingKeysWith: +) }
        text.metric(
            "cloud4bert_records_dead_lettered_total",
            .counter,
            "Dead letters acknowledged, by reason.",
            Rejection.Reason.allCases.map { ([("reason", $0.rawValue)], Double(dead[$0] ?? 0)) }
        )
        let skipped = counts.reduce(into: [:]) { $0.merge($1.skipped, uniquingKeysWith: +) }
        text.metric(
            "cloud4bert_records_skipped_total",
            .counter,
            "Records without a result here, by reason.",
            Skip.allCases.map { ([("reason", $0.rawValue)], Double(skipped[$0] ?? 0)) }
        )
        text.metric(
            "cloud4bert_records_truncated_total",
            .counter,
            "Tagged records whose text was cut.",
            counts.reduce(0) { $0 + $1.truncated }
        )
        text.metric(
            "cloud4bert_inflight_records",
            .gauge,
            "Records read and not acknowledged.",
            accounts.reduce(0) { $0 + $1.inFlightRecords }
        )
        text.metric(
            "cloud4bert_inflight_bytes",
            .gauge,
            "Bytes of those records.",
            accounts.reduce(0) { $0 + $1.inFlightBytes }
        )
    }

    private func kafka(_ now: State, _ lanes: [([TopicPartition], Consumer)], _ text: inout MetricsText) {
        let name: (TopicPartition) -> [(String, String)] = { [("topic", $0.topic), ("partition", "\($0.partition)")] }
        text.metric(
            "cloud4bert_commits_total",
            .counter,
            "Commits of offsets, by result.",
            [([("result", "ok")], Double(commits.value)), ([("result", "failed")], Double(failedCommits.value))]
        )
        text.metric(
            "cloud4bert_transactions_committed_total",
            .counter,
            "Transactions committed.",
            committedTransactions.value
        )
        text.metric(
            "cloud4bert_transactions_aborted_total",
            .counter,
            "Transactions that failed, by the kind of error; what they held is published again.",
            now.abortedTransactions.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { ([("reason", $0.key.rawValue)], Double($0.value)) }
        )
        if let time = now.lastCommit {
            text.metric(
                "cloud4bert_last_commit_timestamp_seconds",
                .gauge,
                "When offsets were last committed.",
                [([], time.timeIntervalSince1970)]
            )
        }
        text.metric(
            "cloud4bert_stalled_consumers",
            .gauge,
            "Consumers that have records and commit none for stall.timeout.",
            now.stalled.count
        )
        text.metric(
            "cloud4bert_kafka_away",
            .gauge,
            "1 while Kafka does not answer.",
            now.isKafkaAway ? 1 : 0
        )
        let assigned = lanes.flatMap { lane in lane.0.map { ($0, lane.1) } }
        text.metric(
            "cloud4bert_committed_offset",
            .gauge,
            "The offset committed by this worker, by partition.",
            assigned.compactMap { partition, _ in now.committed[partition].map { (name(partition), Double($0)) } }
        )
        text.metric(
            "cloud4bert_consumer_lag_records",
            .gauge,
            "Records from the committed offset to the end, by partition.",
            assigned.compactMap { partition, consumer in
                guard let committed = now.committed[partition],
                    let high = consumer.cachedWatermarks(of: partition)?.high, high >= committed
                else { return nil }
                return (name(partition), Double(high - committed))
            }
        )
        text.metric(
            "cloud4bert_rebalances_total",
            .counter,
            "Changes of the assignment, by kind.",
            now.rebalances.sorted { $0.key < $1.key }.map { ([("type", $0.key)], Double($0.value)) }
        )
        text.metric(
            "cloud4bert_kafka_errors_total",
            .counter,
            "Errors that librdkafka reports, by kind.",
            KafkaError.Kind.allCases.map { ([("kind", $0.rawValue)], Double(now.kafkaErrors[$0] ?? 0)) }
        )
    }
}
