// SPDX-License-Identifier: Apache-2.0
import Threading

/// What is counted and timed of requests to be scored.
final class ScoringMetrics: Sendable {
    /// All statuses that there are, so that each has its series from the beginning.
    private static let statuses = [200, 400, 401, 408, 413, 415, 417, 422, 424, 429, 431, 500, 503]

    private let requests = Dictionary(uniqueKeysWithValues: statuses.map { ($0, Counter()) })
    private let texts = Counter()
    private let waiting = Monitor(0)
    private let time = Histogram.seconds()

    /// A request was answered, or refused by its head.
    func answered(_ status: Int) { requests[status]?.add() }

    /// So many texts wait from now on, or do not any more where it is negative.
    func wait(for count: Int) { waiting.withLock { $0 += count } }

    /// Texts that wait for their scores.
    var waitingTexts: Int { waiting.withLock { $0 } }

    /// Scores went out.
    /// - Parameter duration: since the request was whole.
    func scored(_ count: Int, took duration: Duration) {
        texts.add(count)
        time.observe(duration)
    }

    func write(to text: inout MetricsText) {
        text.metric(
            "cloud4bert_scoring_requests_total",
            .counter,
            "Requests for scores by HTTP, by the status of the answer.",
            Self.statuses.map { ([("status", "\($0)")], Double(requests[$0]?.value ?? 0)) }
        )
        text.metric("cloud4bert_scoring_texts_total", .counter, "Texts scored by HTTP.", texts.value)
        text.metric(
            "cloud4bert_scoring_waiting_texts",
            .gauge,
            "Texts that wait for their scores; http.scoring.max.texts at most.",
            waitingTexts
        )
        text.histograms(
            "cloud4bert_scoring_seconds",
            "From a request that is whole to its scores; those that get none are not in it.",
            [([], time)]
        )
    }
}
