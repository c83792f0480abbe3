// SPDX-License-Identifier: Apache-2.0
import Bert
import Threading

/// The threads that encode: each takes the next batch as soon as it is idle.
final class EncoderPool: Sendable {
    private struct State {
        var batcher: Batcher<WorkItem>
        var cache: ScoreCache<WorkItem>
        var isClosed = false
    }

    private let state: Monitor<State>
    private let rules: Rules
    private let metrics: FlowMetrics

    init(batcher: Batcher<WorkItem>, cache: ScoreCache<WorkItem>, rules: Rules, metrics: FlowMetrics) {
        state = Monitor(State(batcher: batcher, cache: cache))
        self.rules = rules
        self.metrics = metrics
    }

    /// Hands texts to whichever encoder is idle first. What the model said of a text already is not asked again.
    func submit(_ items: [WorkItem]) {
        guard !items.isEmpty else { return }
        var known: [(WorkItem, [Float])] = []
        var misses = 0
        state.withLock { state in
            for item in items {
                switch state.cache.claim(item.encoding.sequences, for: item) {
                case .known(let logits): known.append((item, logits))
                case .joined: break
                case .new:
                    misses += 1
                    state.batcher.add(item, tokens: item.encoding.tokenCount, at: item.arrived)
                }
            }
        }
        if misses > 0 { state.broadcast() }
        metrics.lookedUp(hits: items.count - misses, misses: misses)
        conclude(known)
    }

    /// Ends the encoders. What still waits is dropped: by now nobody waits for it.
    func close() {
        state.withLock { $0.isClosed = true }
        state.broadcast()
    }

    /// Encodes batches until the pool is closed; one thread's loop.
    func encode(with classifier: any BatchClassifier) {
        var batch = TokenBatch()
        var logits: [Float] = []
        while let items = nextBatch() {
            batch.removeAll()
            for item in items { item.encoding.sequences.forEach { batch.append($0) } }
            logits.removeAll(keepingCapacity: true)
            let (start, processorStart) = (ContinuousClock.now, ThreadClock.now)
            classifier.appendLogits(of: batch, to: &logits)
            let end = ContinuousClock.now
            metrics.encoded(
                items,
                tokens: batch.ids.count,
                from: start,
                to: end,
                processorTime: ThreadClock.now - processorStart
            )
            conclude(remember(items, logits[...], took: end - start))
        }
    }

    /// Waits for the next batch; nil once the pool is closed.
    private func nextBatch() -> [WorkItem]? {
        state.wait { state in
            if state.isClosed { return .done(nil) }
            switch state.batcher.next(at: .now) {
            case .encode(let items): return .done(items)
            case .wait(let deadline): return .wait(until: deadline)
            }
        }
    }

    /// Shares a batch's logits `[texts, labels]` out to its items, and to those that wait for the same texts.
    private func remember(
        _ items: [WorkItem],
        _ logits: ArraySlice<Float>,
        took duration: Duration
    ) -> [(WorkItem, [Float])] {
        var rest = logits
        var concluded = items.map { item in
            let own = rest.prefix(item.encoding.sequences.count * rules.tag.labelCount)
            rest = rest.dropFirst(own.count)
            return (item, Array(own))
        }
        state.withLock { state in
            state.batcher.observe(tokens: items.reduce(0) { $0 + $1.encoding.tokenCount }, took: duration)
            for (item, logits) in concluded {
                concluded += state.cache.fulfil(item.encoding.sequences, logits).map { ($0, logits) }
            }
        }
        return concluded
    }

    /// Makes outcomes of items' logits and gives them back to the lanes that they came from.
    private func conclude(_ items: [(WorkItem, [Float])]) {
        var outcomes: [ObjectIdentifier: (lane: Lane, outcomes: [(Flow.Ticket, Flow.Outcome)])] = [:]
        for (item, logits) in items {
            let outcome = rules.conclude(item.event, item.encoding, logits: logits[...])
            outcomes[ObjectIdentifier(item.lane), default: (item.lane, [])].outcomes.append((item.ticket, outcome))
        }
        for (lane, outcomes) in outcomes.values { lane.finish(outcomes) }
    }
}
