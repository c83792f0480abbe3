// SPDX-License-Identifier: Apache-2.0
import Configuration
import HTTP
import Settings
import Threading

/// Scores texts that are asked for by HTTP, with the model, the tokenizer and the encoders of the records, before which
/// they go.
///
/// Requests come from the server's thread. One thread of its own reads and tokenises them, so that a long text keeps no page
/// waiting, and whichever encoder has the last of a request's scores writes the answer. What waits is bounded in requests,
/// texts and bytes, and a text keeps its place until it is encoded, also where its client has gone.
final class Scoring: Sendable {
    private struct State {
        /// Requests that are not read yet.
        var arrivals: [ScoringArrival] = []
        /// Those whose texts are at the encoders.
        var open: [ObjectIdentifier: ScoringTask] = [:]
        var requests = 0
        var texts = 0
        var bytes = 0
        /// No more requests are taken.
        var isClosed = false
        /// All are answered, with scores or without.
        var isOver = false
    }

    let metrics: ScoringMetrics
    private let preparation: QuestionPreparation
    private let pool: EncoderPool
    private let maxTexts: Int
    private let maxBytes: Int
    private let state = Monitor(State())

    /// Each has a connection, and so one of the descriptors that Kafka needs, too.
    static let maxRequests = 256
    /// Requests of the largest size that may wait.
    private static let largeRequests = 64
    /// A text is there as it was sent, as JSON has it, cleaned, and as tokens.
    private static let copies = 4
    /// How long a stop goes unseen at most.
    private static let tick = Duration.milliseconds(100)

    init(settings: Settings, pool: EncoderPool, metrics: ScoringMetrics) {
        self.pool = pool
        self.metrics = metrics
        preparation = QuestionPreparation(cleaning: TextCleaning(steps: settings[Settings.textClean]))
        maxTexts = settings[Settings.httpScoringMaxTexts]
        maxBytes = Self.largeRequests * settings[Settings.httpScoringMaxBytes]
    }

    /// What requests may take of the process's memory, in bytes.
    static func memoryBound(_ settings: Settings) -> Int {
        guard settings[Settings.httpScoring] == .on else { return 0 }
        return (HTTPServer.maxConnections + copies * largeRequests) * settings[Settings.httpScoringMaxBytes]
    }

    /// Takes a request in, or refuses it at once.
    func take(_ arrival: ScoringArrival) {
        let refusal: ScoringError? = state.withLock { state in
            guard !state.isClosed else { return .stopping }
            guard state.requests < Self.maxRequests, state.bytes + arrival.body.count <= maxBytes else {
                return .overloaded
            }
            state.requests += 1
            state.bytes += arrival.body.count
            state.arrivals.append(arrival)
            return nil
        }
        guard let refusal else { return state.broadcast() }
        answer(arrival, arrival.api.response(to: refusal))
    }

    /// Reads requests until a stop is requested, and then waits for the scores of those that are there; one thread's loop.
    /// - Parameter timeout: how long that may take.
    func run(until stop: StopSignal, drain timeout: Duration) {
        while let arrival = next(stop) { begin(arrival) }
        let deadline = ContinuousClock.now + timeout
        state.wait { $0.requests == 0 || $0.isOver || .now >= deadline ? .done(()) : .wait(until: deadline) }
        close()
    }

    /// Takes no more requests; those that are there get no scores.
    func close() {
        let left = state.withLock { state in
            (state.isClosed, state.isOver) = (true, true)
            defer { (state.arrivals, state.open) = ([], [:]) }
            return state.arrivals + state.open.values.map(\.arrival)
        }
        state.broadcast()
        for arrival in left { answer(arrival, arrival.api.response(to: .stopping)) }
    }

    private func next(_ stop: StopSignal) -> ScoringArrival? {
        state.wait { state in
            if stop.isRequested { state.isClosed = true }
            if !state.arrivals.isEmpty { return .done(state.arrivals.removeFirst()) }
            return state.isClosed ? .done(nil) : .wait(until: .now + Self.tick)
        }
    }

    // MARK: One request

    private func begin(_ arrival: ScoringArrival) {
        var places = 0
        do throws(ScoringError) {
            guard !arrival.exchange.isOver else {
                free(arrival, texts: places)
                return leave()
            }
            let question = try arrival.api.read(arrival.body)
            try takePlaces(question.texts.count)
            places = question.texts.count
            let task = ScoringTask(question, of: arrival) { [self] in end($0, $1) }
            let (items, unreadable) = try preparation(task)
            try open(task)
            // Of the two, either may end it.
            task.take(unreadable.map { ($0, .success(ScoredText(ranking: []))) })
            pool.submit(items)
        } catch {
            free(arrival, texts: places)
            answer(arrival, arrival.api.response(to: error))
            leave()
        }
    }

    private func open(_ task: ScoringTask) throws(ScoringError) {
        let isOver = state.withLock { state in
            if !state.isOver { state.open[ObjectIdentifier(task)] = task }
            return state.isOver
        }
        if isOver { throw .stopping }
    }

    private func takePlaces(_ count: Int) throws(ScoringError) {
        let hasRoom = state.withLock { state in
            guard state.texts + count <= maxTexts else { return false }
            state.texts += count
            return true
        }
        guard hasRoom else { throw .overloaded }
        metrics.wait(for: count)
    }

    private func end(_ task: ScoringTask, _ result: Result<[ScoredText], ScoringError>) {
        let isOpen = state.withLock { $0.open.removeValue(forKey: ObjectIdentifier(task)) != nil }
        // Closed meanwhile, it is answered.
        guard isOpen else { return }
        let arrival = task.arrival
        free(arrival, texts: task.question.texts.count)
        do throws(ScoringError) {
            let response = try task.question.answer(result.get())
            if answer(arrival, response) { metrics.scored(task.question.texts.count, took: .now - arrival.time) }
        } catch {
            answer(arrival, arrival.api.response(to: error))
        }
        leave()
    }

    /// Others have a request's room: before it is answered, or a client's next request might find none.
    private func free(_ arrival: ScoringArrival, texts: Int) {
        state.withLock { state in
            state.texts -= texts
            state.bytes -= arrival.body.count
        }
        metrics.wait(for: -texts)
    }

    /// A request is over: after it is answered, or a stop might not wait for the answer.
    private func leave() {
        state.withLock { $0.requests -= 1 }
        state.broadcast()
    }

    @discardableResult
    private func answer(_ arrival: ScoringArrival, _ response: HTTPResponse) -> Bool {
        let isWanted = arrival.exchange.answer(response)
        if isWanted { metrics.answered(response.status) }
        return isWanted
    }
}
