// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
import Threading

/// What is counted of models that were to take over.
final class ReloadMetrics: Sendable {
    private struct State {
        var change: ModelChange?
        /// When the model in use took over, in seconds since 1970.
        var loaded = Date.now.timeIntervalSince1970
    }

    private let succeeded = Counter()
    private let failed = Counter()
    private let state = Monitor(State())

    func reloaded(_ change: ModelChange) {
        succeeded.add()
        state.withLock { $0 = State(change: change) }
    }

    func reloadFailed() { failed.add() }

    func write(to text: inout MetricsText) {
        let state = state.withLock { $0 }
        text.metric(
            "cloud4bert_model_reloads_total",
            .counter,
            "Models that were to take over in a running worker, by whether they did.",
            [([("result", "succeeded")], Double(succeeded.value)), ([("result", "failed")], Double(failed.value))]
        )
        text.metric(
            "cloud4bert_model_loaded_timestamp_seconds",
            .gauge,
            "When the model in use took over, in seconds since 1970.",
            [([], state.loaded)]
        )
        guard let change = state.change else { return }
        text.metric(
            "cloud4bert_model_reload_texts",
            .gauge,
            "Texts on which the model in use was compared with the one before it.",
            change.texts
        )
        guard let share = change.share else { return }
        text.metric(
            "cloud4bert_model_reload_changed_share",
            .gauge,
            "Share of these texts whose label changed.",
            [([], share)]
        )
    }
}
