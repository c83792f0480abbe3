// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Threading

/// The threads that encode: each takes the next batch as soon as it is idle, and makes results of it.
final class EncoderPool: Sendable {
    private struct State {
        var batcher: Batcher<InFlight>
        var isClosed = false
    }

    private let state: Monitor<State>
    private let decisions: Decisions
    private let output: Output
    private let deadLetter: DeadLetter
    private let metrics: WorkerMetrics

    init(
        batcher: Batcher<InFlight>,
        decisions: Decisions,
        output: Output,
        deadLetter: DeadLetter,
        metrics: WorkerMetrics
    ) {
        state = Monitor(State(batcher: batcher))
        self.decisions = decisions
        self.output = output
        self.deadLetter = deadLetter
        self.metrics = metrics
    }

    /// Hands tokenised records to the first encoder that is idle. A text that its model knows is not encoded again.
    func submit(_ items: [InFlight]) {
        var known: [(InFlight, [Float])] = []
        var new: [(item: InFlight, tokens: Int)] = []
        for item in items {
            guard let encoding = item.encoding else { continue }
            switch item.version.cache.withLock({ $0.claim(encoding.sequences, for: item) }) {
            case .known(let logits): known.append((item, logits))
            case .joined: break
            case .new: new.append((item, encoding.tokenCount))
            }
        }
        if !new.isEmpty {
            state.withLock { state in
                for (item, tokens) in new {
                    state.batcher.add(item, tokens: tokens, of: ObjectIdentifier(item.version), at: item.arrived)
                }
            }
            state.broadcast()
        }
        metrics.lookedUp(hits: items.count - new.count, misses: new.count)
        conclude(known)
    }

    /// Ends the encoders. Records that still wait are dropped: their consumer workers have ended.
    func close() {
        state.withLock { $0.isClosed = true }
        state.broadcast()
    }

    /// Encodes batches until the pool is closed; one thread's loop.
    func encode(with classifiers: Classifiers) throws(FileError) {
        var classifiers = classifiers
        var batch = TokenBatch()
        var logits: [Float] = []
        while let items = nextBatch(), let version = items.first?.version {
            let classifier = try classifiers.classifier(of: version)
            batch.removeAll()
            for item in items { item.encoding?.sequences.forEach { batch.append($0) } }
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
            state.withLock { $0.batcher.observe(tokens: batch.ids.count, took: end - start) }
            conclude(distribute(logits[...], to: items, by: version))
        }
    }

    /// Waits for the next batch; nil once the pool is closed.
    private func nextBatch() -> [InFlight]? {
        state.wait { state in
            if state.isClosed { return .done(nil) }
            switch state.batcher.next(at: .now) {
            case .encode(let items): return .done(items)
            case .wait(let deadline): return .wait(until: deadline)
            }
        }
    }

    /// Shares a batch's logits `[sequences, labels]` out to its records, and to those that wait for the same texts.
    private func distribute(
        _ logits: ArraySlice<Float>,
        to items: [InFlight],
        by version: ModelVersion
    ) -> [(InFlight, [Float])] {
        var rows = BatchLogits(logits, labels: version.labelCount)
        var concluded: [(InFlight, [Float])] = []
        version.cache.withLock { cache in
            for item in items {
                guard let encoding = item.encoding else { continue }
                let own = Array(rows.next(for: encoding))
                concluded.append((item, own))
                concluded += cache.fulfil(encoding.sequences, own).map { ($0, own) }
            }
        }
        return concluded
    }

    /// Makes results of records' logits and gives them to those who wait for them.
    private func conclude(_ items: [(InFlight, [Float])]) {
        var owners: [ObjectIdentifier: (owner: any InFlightOwner, items: [InFlight])] = [:]
        for (item, logits) in items {
            conclude(item, logits[...])
            guard let owner = item.owner else { continue }
            owners[ObjectIdentifier(owner), default: (owner, [])].items.append(item)
        }
        for (owner, items) in owners.values { owner.finish(items) }
    }

    private func conclude(_ item: InFlight, _ logits: ArraySlice<Float>) {
        guard let encoding = item.encoding else { return }
        do throws(Rejection) {
            let prediction = try item.version.predict(logits, of: encoding)
            let decision = decisions(item.record, prediction)
            let tag = Tag(
                prediction: prediction,
                decision: decision?.rawValue ?? prediction.label,
                model: item.version.tag
            )
            let messages = try output(item.record, item.text, tag)
            let result = InFlight.Result.tagged(
                label: prediction.label,
                decision: decision,
                isTruncated: prediction.isTruncated
            )
            item.end(as: result, with: messages)
        } catch {
            item.reject(error, by: deadLetter)
        }
    }
}
