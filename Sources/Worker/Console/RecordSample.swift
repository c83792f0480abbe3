// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Kafka
internal import Synchronization
import Threading

/// A few of the tagged records of each second, for those who look on. While nobody does, none is kept.
final class RecordSample: Sendable {
    /// A record as the console shows it.
    struct Shown: Sendable {
        let id: String
        let label: String
        let score: Float
        let decision: String
        /// nil where texts are not to be shown.
        let text: String?
    }

    private struct State {
        var kept: [Shown] = []
        var seen = 0
    }

    private let showsText: Bool
    private let state = Monitor(State())
    private let wanted = Atomic(false)

    /// Records of a second that are kept; the others are counted.
    static let limit = 20
    /// Of a text, in Unicode scalars.
    private static let maxText = 280

    init(showsText: Bool) { self.showsText = showsText }

    /// Whether anybody looks on.
    var isWanted: Bool {
        get { wanted.load(ordering: .relaxed) }
        set { wanted.store(newValue, ordering: .relaxed) }
    }

    /// A record was tagged.
    func offer(_ record: Record, _ text: String, _ prediction: Prediction, _ decision: Decision?) {
        guard isWanted, let best = prediction.ranking.first else { return }
        state.withLock { state in
            state.seen += 1
            guard state.kept.count < Self.limit else { return }
            let shown = Shown(
                id: record.id,
                label: best.label,
                score: best.score,
                decision: decision?.rawValue ?? best.label,
                text: showsText ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.maxText))) : nil
            )
            state.kept.append(shown)
        }
    }

    /// What came since the last time, and how many there were.
    func take() -> (records: [Shown], seen: Int) {
        state.withLock { state in
            defer { state = State() }
            return (state.kept, state.seen)
        }
    }
}
