// SPDX-License-Identifier: Apache-2.0
import Bert

/// The threads that encode: each takes the next batch as soon as it is idle.
final class EncoderPool: Sendable {
    private struct State {
        var batcher: Batcher<WorkItem>
        var isClosed = false
    }

    private let state: Monitor<State>
    private let rules: Rules
    private let metrics: FlowMetrics

    init(batcher: Batcher<WorkItem>, rules: Rules, metrics: FlowMetrics) {
        state = Monitor(State(batcher: batcher))
        self.rules = rules
        self.metrics = metrics
    }

    /// Hands texts to whichever encoder is idle first.
    func submit(_ items: [WorkItem]) {
        guard !items.isEmpty else { return }
        state.withLock { state in
            for item in items { state.batcher.add(item, tokens: item.encoding.tokenCount, at: item.arrived) }
        }
        state.broadcast()
    }

    /// Ends the encoders. What still waits is dropped: by now nobody waits for it.
    func close() {
        state.withLock { $0.isClosed = true }
        state.broadcast()
    }

    /// Encodes batches until the pool is closed; one thread's loop.
    func encode(with classifier: Classifier) {
        var batch = TokenBatch()
        while let items = nextBatch() {
            batch.removeAll()
            for item in items { item.encoding.sequences.forEach { batch.append($0) } }
            let start = ContinuousClock.now
            let logits = classifier.logits(batch)
            metrics.encoded(items, tokens: batch.ids.count, from: start, to: .now)
            conclude(items, logits[...])
        }
    }

    /// Waits for the next batch; nil once the pool is closed.
    private func nextBatch() -> [WorkItem]? {
        state.wait { state in
            if state.isClosed { return .done(nil) }
            return switch state.batcher.next(at: .now) {
            case .encode(let items): .done(items)
            case .wait(let deadline): .wait(until: deadline)
            }
        }
    }

    /// Makes outcomes of a batch's logits `[texts, labels]` and gives them back to the lanes that they came from.
    private func conclude(_ items: [WorkItem], _ logits: ArraySlice<Float>) {
        var rest = logits
        var outcomes: [ObjectIdentifier: (lane: Lane, outcomes: [(Flow.Ticket, Flow.Outcome)])] = [:]
        for item in items {
            let own = rest.prefix(item.encoding.sequences.count * rules.tag.labelCount)
            rest = rest.dropFirst(own.count)
            let outcome = rules.conclude(item.event, item.encoding, logits: own)
            outcomes[ObjectIdentifier(item.lane), default: (item.lane, [])].outcomes.append((item.ticket, outcome))
        }
        for (lane, outcomes) in outcomes.values { lane.finish(outcomes) }
    }
}
