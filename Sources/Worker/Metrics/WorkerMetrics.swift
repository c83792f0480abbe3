// SPDX-License-Identifier: Apache-2.0
import Configuration
internal import FoundationEssentials
import Kafka
import Threading

/// What the worker counts and times, beside what its partitions account for. It counts, and decides nothing.
final class WorkerMetrics: Sendable {
    struct State {
        var kafkaErrors: [KafkaError.Kind: Int] = [:]
        var abortedTransactions: [KafkaError.Kind: Int] = [:]
        var rebalances: [String: Int] = [:]
    }

    let live: LiveModel
    let build: BuildInfo
    let encoders: Int
    /// Tokens of a batch that is full.
    let maxBatchTokens: Int
    let health: Health
    let control: Control?
    let shadow: Shadow?
    let scoring: ScoringMetrics?
    let reloads = ReloadMetrics()
    let renewals = RenewalMetrics()
    let more = MoreMetrics()
    let state = Monitor(State())

    let tokens = Counter()
    let cacheHits = Counter()
    let cacheMisses = Counter()
    let explanations = Counter()
    let commits = Counter()
    let failedCommits = Counter()
    let committedTransactions = Counter()
    let jumps = Counter()
    let decodeTime = Histogram.seconds()
    let tokenizeTime = Histogram.seconds()
    let queueTime = Histogram.seconds()
    let encodeTime = Histogram.seconds()
    let publishTime = Histogram.seconds()
    let tokenizerNanoseconds = Counter()
    let encoderNanoseconds = Counter()
    let endToEndTime = Histogram.seconds()
    let urgentTime = Histogram.seconds()
    let batchTexts = Histogram.sizes(upTo: 1 << 12)
    let batchTokens = Histogram.sizes(upTo: 1 << 17)
    let batchFill = Histogram.fill()
    let confidence = Histogram.scores()
    /// What librdkafka counts.
    let kafkaClients = KafkaClients()

    /// - Parameters:
    ///   - maxBatchTokens: `batch.max.tokens`.
    ///   - health: what else is shown.
    ///   - shadow: likewise, where there is a second model.
    ///   - scoring: likewise, where texts are scored by HTTP.
    init(
        live: LiveModel,
        build: BuildInfo = BuildInfo(),
        encoders: Int,
        maxBatchTokens: Int = 1,
        health: Health,
        control: Control? = nil,
        shadow: Shadow? = nil,
        scoring: ScoringMetrics? = nil
    ) {
        self.live = live
        self.build = build
        self.encoders = encoders
        self.maxBatchTokens = maxBatchTokens
        self.health = health
        self.control = control
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
        // CPU time for the tokenizer: what the thread waits for the processor counts as decoding.
        decodeTime.observe(max((end - start) - tokenizerTime, .zero) / count, times: count)
        tokenizeTime.observe(tokenizerTime / count, times: count)
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
        batchFill.observe(Double(count) / Double(maxBatchTokens))
        encodeTime.observe(end - start)
        for item in items { queueTime.observe(start - item.arrived) }
    }

    /// The model has said something of a record.
    /// - Parameter score: of the best label, 0 to 1 unless the model's scores are no probabilities.
    func predicted(_ score: Float) { confidence.observe(Double(score)) }

    func delivered(_ items: [InFlight]) {
        let (now, instant) = (Date.now.timeIntervalSince1970, ContinuousClock.now)
        for item in items {
            if let finished = item.finished { publishTime.observe(instant - finished) }
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
}
