// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Threading

/// The threads that encode: each takes the next batch as soon as it is idle, and makes results of it.
final class EncoderPool: Sendable {
    struct State {
        var batcher: Batcher<TextWindow>
        /// What the model has said so far of texts in several windows.
        var parts: [ObjectIdentifier: WindowRows] = [:]
        /// Records that wait, of which newer versions may come.
        var edits = Edits<InFlight>()
        var isClosed = false
    }

    let state: Monitor<State>
    let explanations: Explanations
    private let output: Output
    let deadLetter: DeadLetter
    let metrics: WorkerMetrics
    private let shadow: Shadow?
    private let sample: RecordSample?
    private let recent: RecentTexts?

    init(
        batcher: Batcher<TextWindow>,
        explanations: Explanations,
        output: Output,
        deadLetter: DeadLetter,
        metrics: WorkerMetrics,
        shadow: Shadow? = nil,
        sample: RecordSample? = nil,
        recent: RecentTexts? = nil
    ) {
        state = Monitor(State(batcher: batcher))
        self.explanations = explanations
        self.output = output
        self.deadLetter = deadLetter
        self.metrics = metrics
        self.shadow = shadow
        self.sample = sample
        self.recent = recent
    }

    /// Takes records that are prepared: those that have their result already go back to who waits for it.
    func take(_ items: [InFlight], from owner: some InFlightOwner) {
        // Told apart before the first is handed over: from then on it is an encoder's to look at.
        let ended = items.filter { $0.result != nil }
        submit(items.filter { $0.result == nil })
        if !ended.isEmpty { owner.finish(ended) }
    }

    /// Hands tokenised records to the first encoder that is idle. A text that its model knows is not encoded again.
    func submit(_ submitted: [InFlight]) {
        let items = newest(of: submitted)
        let (known, new) = claim(items) { item in (item.version.cache, item.cacheKey) }
        enqueue(new)
        metrics.lookedUp(hits: items.count - new.count, misses: new.count)
        conclude(known)
    }

    /// Asks caches for what is known of records.
    ///
    /// - Parameter cache: where to look, and under which key.
    /// - Returns: what is known, and what is to be found out; those that wait for others are in neither.
    func claim(
        _ items: [InFlight],
        in cache: (InFlight) -> (Monitor<ScoreCache<InFlight>>, ScoreCache<InFlight>.Key)
    ) -> (known: [(InFlight, [Float])], new: [InFlight]) {
        var known: [(InFlight, [Float])] = []
        var new: [InFlight] = []
        for item in items {
            let (cache, key) = cache(item)
            // Before: one that has joined others is theirs to look at.
            item.hasWaited = true
            switch cache.withLock({ $0.claim(key, for: item, priority: item.priority) }) {
            case .known(let numbers):
                item.hasWaited = false
                known.append((item, numbers))
            case .joined: break
            case .new: new.append(item)
            }
        }
        return (known, new)
    }

    /// Has each record's sequences encoded.
    func enqueue(_ items: [InFlight]) {
        guard !items.isEmpty else { return }
        state.withLock { state in
            for item in items {
                for index in 0..<item.sequenceCount {
                    let window = TextWindow(item: item, index: index)
                    state.batcher.add(
                        window,
                        tokens: window.tokens,
                        // What explains lets others pass, as what is behind the beginning of a long text.
                        isWindow: index > 0 || item.pending != nil,
                        priority: item.priority,
                        of: item.version.batchIdentity(explains: item.pending != nil),
                        at: item.arrived
                    )
                }
            }
        }
        state.broadcast()
    }

    /// Ends the encoders. Records that still wait are dropped: their consumer workers have ended.
    func close() {
        state.withLock { $0.isClosed = true }
        state.broadcast()
    }

    /// Encodes batches until the pool is closed; one thread's loop.
    /// - Parameter thread: its number, by which each version has a classifier for it.
    func encode(as thread: Int) throws(FileError) {
        var batch = TokenBatch()
        var rows: [[Float]] = []
        while let (windows, dropped) = nextBatch() {
            skip(dropped)
            guard let version = windows.first?.item.version else { continue }
            let own = try version.classifiers(of: thread)
            let (start, processorStart) = (ContinuousClock.now, ThreadClock.now)
            Self.encode(windows, of: version, with: own, by: &batch, to: &rows)
            let end = ContinuousClock.now
            let tokens = windows.reduce(0) { $0 + $1.tokens }
            metrics.encoded(
                texts: windows.count,
                of: windows.map(\.item).filter { $0.pending == nil },
                tokens: tokens,
                from: start,
                to: end,
                processorTime: ThreadClock.now - processorStart
            )
            let whole = state.withLock { state in
                state.batcher.observe(tokens: tokens, took: end - start)
                return Self.join(windows, rows, &state.parts)
            }
            // Told apart first: what is concluded may be pending then.
            let (new, pending) = (whole.filter { $0.0.pending == nil }, whole.filter { $0.0.pending != nil })
            conclude(remember(new, by: version))
            explain(pending, by: version)
        }
    }

    /// Waits for the next batch; nil once the pool is closed.
    /// - Returns: what is to be encoded, and records that are not, for a newer version came.
    private func nextBatch() -> (windows: [TextWindow], dropped: [InFlight])? {
        state.wait { state in
            if state.isClosed { return .done(nil) }
            switch state.batcher.next(at: .now) {
            case .encode(let windows): return .done(state.begin(windows))
            case .wait(let deadline): return .wait(until: deadline)
            }
        }
    }

    /// Has a batch read by the classifiers of its version, each in turn, and one batch of ids for all that read alike.
    ///
    /// - Parameter rows: comes out with those of each classifier, a row for each sequence.
    private static func encode(
        _ windows: [TextWindow],
        of version: ModelVersion,
        with classifiers: [any BatchClassifier],
        by batch: inout TokenBatch,
        to rows: inout [[Float]]
    ) {
        for index in rows.indices { rows[index].removeAll(keepingCapacity: true) }
        while rows.count < classifiers.count { rows.append([]) }
        let explains = windows.contains { $0.item.pending != nil }
        for (index, reading) in version.readings.enumerated() {
            batch.removeAll()
            for window in windows {
                for ids in window.sequences(in: index) { batch.append(ids) }
            }
            guard batch.count > 0 else { continue }
            // What explains a text is for the main classifier alone.
            for classifier in reading.classifiers where classifier == 0 || !explains {
                classifiers[classifier].appendRows(of: batch, to: &rows[classifier])
            }
        }
    }

    /// Shares a batch's rows out to its texts; those come out of which all windows are there.
    private static func join(
        _ windows: [TextWindow],
        _ rows: [[Float]],
        _ parts: inout [ObjectIdentifier: WindowRows]
    ) -> [(InFlight, [Float])] {
        var whole: [(InFlight, [Float])] = []
        var rows = ClassifierRows(rows)
        for window in windows {
            let (layout, count) = (window.item.layout, window.item.sequenceCount)
            let text = ObjectIdentifier(window.item)
            var own = parts.removeValue(forKey: text) ?? WindowRows(layout, windows: count)
            own.take(window.index, from: &rows, layout)
            if let all = own.whole { whole.append((window.item, all)) } else { parts[text] = own }
        }
        return whole
    }

    /// Has the model's version remember texts; comes out with those, too, that wait for the same ones.
    private func remember(_ texts: [(InFlight, [Float])], by version: ModelVersion) -> [(InFlight, [Float])] {
        version.cache.withLock { cache in
            texts.flatMap { item, rows in
                ([item] + cache.fulfil(item.cacheKey, rows)).map { ($0, rows) }
            }
        }
    }

    /// Makes results of records' rows, but for those that a newer version has come for. Those that are to be explained go
    /// to the encoders once more.
    private func conclude(_ texts: [(InFlight, [Float])]) {
        let superseded = ended(texts.map(\.0))
        for (item, rows) in texts {
            if superseded.contains(ObjectIdentifier(item)) {
                item.end(as: .skipped(.superseded))
            } else {
                conclude(item, rows[...])
            }
        }
        // Told apart before the first is handed over: from then on it is another thread's to look at.
        let pending = texts.map(\.0).filter { $0.result == nil }
        handBack(texts.map(\.0).filter { $0.result != nil })
        if !pending.isEmpty { lookUp(pending) }
    }

    private func conclude(_ item: InFlight, _ rows: ArraySlice<Float>) {
        guard let encoding = item.encoding else { return }
        do throws(Rejection) {
            let layout = item.layout
            let own = layout.rows(of: 0, in: rows)
            var prediction = try item.version.predict(own, of: encoding, parts: item.parts)
            prediction.more = item.version.predictMore(rows, layout, of: encoding, item.otherReadings)
            guard !item.isQuestion else {
                guard item.wantsWords, let pending = explanations.pending(item, prediction, nil, own) else {
                    return item.answer(prediction)
                }
                return item.explain(pending)
            }
            if let best = prediction.ranking.first { metrics.predicted(best.score) }
            metrics.more.observe(prediction.more)
            let decision = item.version.decisions(item.record, prediction)
            if explanations.includes(decision),
                let pending = explanations.pending(item, prediction, decision, own)
            {
                item.explain(pending)
            } else {
                try end(item, prediction, decision)
            }
        } catch {
            item.reject(error, by: deadLetter)
        }
    }

    func end(_ item: InFlight, _ prediction: Prediction, _ decision: Decision?) throws(Rejection) {
        let (text, encoding) = (item.text, item.encoding)
        let tag = Tag(prediction, decision: decision, by: item.version.tag)
        let messages = try output(item.record, item.text, tag)
        let result = InFlight.Result.tagged(
            label: prediction.holding ?? Prediction.noLabel,
            decision: decision,
            isTruncated: prediction.isTruncated
        )
        item.end(as: result, with: messages)
        sample?.offer(item.record, text, prediction, decision)
        recent?.add(text)
        guard item.version.drift != nil || shadow != nil, let encoding else { return }
        item.tagged = TaggedText(text: text, encoding: encoding, prediction: prediction)
    }

    /// Gives results to those who wait for them, and then tells of them those who look on.
    func handBack(_ items: [InFlight]) {
        // Taken first: a record that is handed over is another thread's to look at.
        let tagged = items.compactMap { item in
            item.tagged.map { (record: item.record, drift: item.version.drift, text: $0) }
        }
        if !tagged.isEmpty { for item in items { item.tagged = nil } }
        var owners: [ObjectIdentifier: (owner: any InFlightOwner, items: [InFlight])] = [:]
        for item in items {
            guard let owner = item.owner else { continue }
            owners[ObjectIdentifier(owner), default: (owner, [])].items.append(item)
        }
        for (owner, items) in owners.values { owner.finish(items) }
        for (record, drift, tagged) in tagged {
            drift?.observe(tagged.prediction, of: tagged.encoding, at: .now)
            shadow?.offer(record, tagged.text, tagged.prediction)
        }
    }
}
