// SPDX-License-Identifier: Apache-2.0
import Configuration
internal import FoundationEssentials
import Kafka
import Threading

/// What the worker counts and times, beside what its partitions account for. It counts, and decides nothing.
final class WorkerMetrics: Sendable {
    private struct State {
        var kafkaErrors: [KafkaError.Kind: Int] = [:]
        var abortedTransactions: [KafkaError.Kind: Int] = [:]
        var rebalances: [String: Int] = [:]
    }

    private let model: ModelTag
    private let encoders: Int
    private let health: Health
    private let drift: DriftMonitor?
    private let shadow: Shadow?
    private let scoring: ScoringMetrics?
    private let state = Monitor(State())

    private let tokens = Counter()
    private let cacheHits = Counter()
    private let cacheMisses = Counter()
    private let explanations = Counter()
    private let commits = Counter()
    private let failedCommits = Counter()
    private let committedTransactions = Counter()
    private let jumps = Counter()
    private let prepareTime = Histogram.seconds()
    private let queueTime = Histogram.seconds()
    private let encodeTime = Histogram.seconds()
    private let tokenizerNanoseconds = Counter()
    private let encoderNanoseconds = Counter()
    private let endToEndTime = Histogram.seconds()
    private let urgentTime = Histogram.seconds()
    private let batchTexts = Histogram.sizes(upTo: 1 << 12)
    private let batchTokens = Histogram.sizes(upTo: 1 << 17)

    /// - Parameters:
    ///   - health: what else is shown.
    ///   - drift: likewise, where it is looked at.
    ///   - shadow: likewise, where there is a second model.
    ///   - scoring: likewise, where texts are scored by HTTP.
    init(
        model: ModelTag,
        encoders: Int,
        health: Health,
        drift: DriftMonitor? = nil,
        shadow: Shadow? = nil,
        scoring: ScoringMetrics? = nil
    ) {
        self.model = model
        self.encoders = encoders
        self.health = health
        self.drift = drift
        self.shadow = shadow
        self.scoring = scoring
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

    func explained(_ count: Int) { explanations.add(count) }

    func lookedUp(hits: Int, misses: Int) {
        cacheHits.add(hits)
        cacheMisses.add(misses)
    }

    /// - Parameters:
    ///   - texts: sequences of the batch.
    ///   - items: whose they are, those aside that were in a batch before.
    func encoded(
        texts: Int,
        of items: [InFlight],
        tokens count: Int,
        from start: ContinuousClock.Instant,
        to end: ContinuousClock.Instant,
        processorTime: Duration
    ) {
        tokens.add(count)
        encoderNanoseconds.add(Int(processorTime / .nanoseconds(1)))
        batchTexts.observe(Double(texts))
        batchTokens.observe(Double(count))
        encodeTime.observe(end - start)
        for item in items { queueTime.observe(start - item.arrived) }
    }

    func delivered(_ items: [InFlight]) {
        let now = Date.now.timeIntervalSince1970
        for item in items {
            guard let time = item.record.timestamp else { continue }
            let age = max(now - Double(time.milliseconds) / 1_000, 0)
            endToEndTime.observe(age)
            if item.isUrgent { urgentTime.observe(age) }
        }
    }

    func jumped() { jumps.add() }

    func committed() { commits.add() }

    func commitFailed() { failedCommits.add() }

    func transactionCommitted() { committedTransactions.add() }

    func transactionAborted(_ reason: KafkaError.Kind) {
        state.withLock { $0.abortedTransactions[reason, default: 0] += 1 }
    }

    func kafkaError(_ error: KafkaError) {
        state.withLock { $0.kafkaErrors[error.kind, default: 0] += 1 }
    }

    func rebalanced(_ change: Consumer.Rebalance) {
        let name =
            switch change {
            case .assigned: "assigned"
            case .revoked: "revoked"
            case .lost: "lost"
            }
        state.withLock { $0.rebalances[name, default: 0] += 1 }
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
        let workers = health.statuses
        var text = MetricsText()
        text.metric(
            "cloud4bert_model_info",
            .gauge,
            "The model in use.",
            [([("model", model.name), ("sha256", model.digest), ("precision", model.precision)], 1)]
        )
        text.metric("cloud4bert_encoder_threads", .gauge, "Threads that encode.", encoders)
        records(workers.map(\.account), &text)
        text.metric(
            "cloud4bert_paused_partitions",
            .gauge,
            "Partitions not read for lack of room.",
            workers.reduce(0) { $0 + ($1.isPaused ? $1.account.assignment.count : 0) }
        )
        text.metric("cloud4bert_tokens_total", .counter, "Tokens encoded.", tokens.value)
        text.metric(
            "cloud4bert_cache_requests_total",
            .counter,
            "Texts, by whether the model had said something of the same one already.",
            [([("result", "hit")], Double(cacheHits.value)), ([("result", "miss")], Double(cacheMisses.value))]
        )
        text.metric(
            "cloud4bert_explanations_total",
            .counter,
            "Records of which it was found out which words the scores rest on.",
            explanations.value
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
        text.histograms(
            "cloud4bert_urgent_end_to_end_seconds",
            "The same of urgent records alone, by priority.topics and priority.records.",
            [([], urgentTime)]
        )
        kafka(now, workers, &text)
        drift?.write(to: &text)
        shadow?.write(to: &text)
        scoring?.write(to: &text)
        ProcessMetrics.write(to: &text)
        return text.text
    }

    /// The records' account: consumed = published + dead letters + skipped + in flight.
    private func records(_ accounts: [AssignedPartitions.Account], _ text: inout MetricsText) {
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
        text.metric(
            "cloud4bert_records_untagged_total",
            .counter,
            "Records published as they were: null values, and what input.filter does not admit.",
            counts.reduce(0) { $0 + $1.untagged }
        )
        let unscored = counts.reduce(into: [:]) { $0.merge($1.unscored, uniquingKeysWith: +) }
        text.metric(
            "cloud4bert_records_unscored_total",
            .counter,
            "Records published without a label, by reason: the vocabulary does not cover their texts, or they were too old.",
            Unscored.allCases.map { ([("reason", $0.rawValue)], Double(unscored[$0] ?? 0)) }
        )
        let tagged = counts.reduce(into: [:]) { $0.merge($1.tagged, uniquingKeysWith: +) }
        text.metric(
            "cloud4bert_records_classified_total",
            .counter,
            "Tagged records acknowledged, by label.",
            tagged.sorted { $0.key < $1.key }.map { ([("label", $0.key)], Double($0.value)) }
        )
        let decided = counts.reduce(into: [:]) { $0.merge($1.decided, uniquingKeysWith: +) }
        if !decided.isEmpty {
            text.metric(
                "cloud4bert_records_decided_total",
                .counter,
                "Tagged records acknowledged, by decision.",
                Decision.ofScores.map { ([("decision", $0.rawValue)], Double(decided[$0] ?? 0)) }
            )
        }
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

    private func kafka(_ now: State, _ workers: [Health.Status], _ text: inout MetricsText) {
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
        if let time = health.lastCommit {
            text.metric(
                "cloud4bert_last_commit_timestamp_seconds",
                .gauge,
                "When offsets were last committed.",
                [([], time)]
            )
        }
        text.metric(
            "cloud4bert_stalled_consumers",
            .gauge,
            "Consumers that have records and commit none for stall.timeout.",
            health.stalledWorkers
        )
        text.metric(
            "cloud4bert_kafka_away",
            .gauge,
            "1 while Kafka does not answer.",
            health.isKafkaUnavailable ? 1 : 0
        )
        let progress = workers.flatMap(\.progress)
        text.metric(
            "cloud4bert_committed_offset",
            .gauge,
            "The offset committed by this worker, by partition.",
            progress.map { (name($0.partition), Double($0.committed.offset)) }
        )
        text.metric(
            "cloud4bert_consumer_lag_records",
            .gauge,
            "Records from the committed offset to the end that are not done, by partition.",
            progress.compactMap { entry in
                guard let end = entry.end, end >= entry.committed.offset else { return nil }
                return (name(entry.partition), Double(OpenOffsets(entry.committed).count(before: end)))
            }
        )
        text.metric(
            "cloud4bert_catch_up_jumps_total",
            .counter,
            "Jumps of a partition's front to its newest records; catch.up=newest_first alone makes any.",
            jumps.value
        )
        text.metric(
            "cloud4bert_catch_up_records",
            .gauge,
            "Records that were jumped over and are not done.",
            workers.reduce(0) { $0 + $1.account.behind }
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
