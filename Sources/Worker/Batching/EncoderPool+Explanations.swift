// SPDX-License-Identifier: Apache-2.0
import Bert
import Threading

extension EncoderPool {
    /// Has the words of texts weighed, once for each text.
    func lookUp(_ items: [InFlight]) {
        // Told apart before the first is handed on: from then on it is another thread's to look at.
        let worded = items.filter { ($0.pending?.occlusion.count ?? 0) > 0 }
        let wordless = items.filter { $0.pending?.occlusion.count == 0 }
        let (known, new) = claim(worded) { item in (item.version.explanations, item.pending?.key ?? []) }
        enqueue(new)
        finish(known + wordless.map { ($0, []) })
    }

    /// Weighs the words of texts by what the model says without each of them, `[words in windows, rowWidth]`.
    func explain(_ texts: [(InFlight, [Float])], by version: ModelVersion) {
        guard !texts.isEmpty else { return }
        let weighed = texts.compactMap { item, rows in
            item.pending.map { pending in
                let weights = pending.occlusion.weights(
                    pending.rows[...],
                    without: rows[...],
                    by: version.model,
                    merging: version.merge
                )
                return (item, pending.key, weights)
            }
        }
        let all = version.explanations.withLock { cache in
            weighed.flatMap { item, key, weights in
                ([item] + cache.fulfil(key, weights)).map { ($0, weights) }
            }
        }
        finish(all)
    }

    /// Makes results of records whose words are weighed.
    private func finish(_ items: [(InFlight, [Float])]) {
        for (item, weights) in items {
            guard let pending = item.pending else { continue }
            guard !item.isQuestion else {
                item.answer(pending.prediction(weights, naming: explanations.words))
                continue
            }
            do throws(Rejection) {
                try end(item, pending.prediction(weights, naming: explanations.words), pending.decision)
            } catch {
                item.reject(error, by: deadLetter)
            }
        }
        metrics.explained(items.count)
        handBack(items.map(\.0))
    }
}
