// SPDX-License-Identifier: Apache-2.0
import HTTP
import Threading

/// The texts of one request on their way through the encoders, and who waits for them.
final class ScoringTask: InFlightOwner {
    private struct State {
        var scored: [ScoredText?]
        var missing: Int
        var failure: ScoringError?
    }

    let question: ScoringQuestion
    let arrival: ScoringArrival
    private let state: Monitor<State>
    private let end: @Sendable (ScoringTask, Result<[ScoredText], ScoringError>) -> Void

    /// - Parameter end: called once, by the thread that has the last of the scores.
    init(
        _ question: ScoringQuestion,
        of arrival: ScoringArrival,
        end: @escaping @Sendable (ScoringTask, Result<[ScoredText], ScoringError>) -> Void
    ) {
        self.question = question
        self.arrival = arrival
        self.end = end
        let count = question.texts.count
        state = Monitor(State(scored: Array(repeating: nil, count: count), missing: count))
    }

    /// Takes texts that are scored; which ones, their offsets say.
    func finish(_ items: [InFlight]) {
        take(items.map { item in (Int(item.offset), scored(item)) })
    }

    private func scored(_ item: InFlight) -> Result<ScoredText, ScoringError> {
        guard let answer = item.answer else {
            let field = question.field(Int(item.offset))
            return .failure(ScoringError(.inference, field: field, "the model's scores are not finite numbers"))
        }
        return .success(
            ScoredText(
                ranking: answer.prediction.ranking,
                text: answer.text,
                words: answer.prediction.words ?? [],
                more: answer.prediction.more,
                tokens: answer.prediction.tokens,
                isTruncated: answer.prediction.isTruncated
            )
        )
    }

    /// Takes what is known of texts, by their indices.
    func take(_ scored: [(index: Int, text: Result<ScoredText, ScoringError>)]) {
        let result: Result<[ScoredText], ScoringError>? = state.withLock { state in
            for (index, text) in scored {
                switch text {
                case .success(let text): state.scored[index] = text
                case .failure(let error): state.failure = state.failure ?? error
                }
            }
            state.missing -= scored.count
            guard state.missing == 0, !scored.isEmpty else { return nil }
            return state.failure.map { .failure($0) } ?? .success(state.scored.compactMap(\.self))
        }
        if let result { end(self, result) }
    }
}

/// A request that is whole, and who waits for its answer.
struct ScoringArrival: Sendable {
    let api: any ScoringAPI
    /// The model in use when it came.
    let version: ModelVersion
    let body: [UInt8]
    let exchange: HTTPExchange
    let time: ContinuousClock.Instant
}
