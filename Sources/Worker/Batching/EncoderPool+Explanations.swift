// SPDX-License-Identifier: Apache-2.0
import Bert
import Threading

extension EncoderPool {
    /// Has the words of texts weighed, once for each text.
    func lookUp(_ items: [InFlight]) {
        var known: [(InFlight, [Float])] = []
        var new: [InFlight] = []
        for item in items {
            guard let pending = item.pending else { continue }
            guard pending.occlusion.count > 0 else {
                known.append((item, []))
                continue
            }
            switch item.version.explanations.withLock({ $0.claim(pending.key, for: item) }) {
            case .known(let weights): known.append((item, weights))
            case .joined: break
            case .new: new.append(item)
            }
        }
        enqueue(new)
        finish(known)
    }

    /// Weighs the words of texts by the logits `[words in windows, labels]` without each of them.
    func explain(_ texts: [(InFlight, [Float])], by version: ModelVersion) {
        guard !texts.isEmpty else { return }
        let weighed = texts.compactMap { item, logits in
            item.pending.map { pending in
                let weights = pending.occlusion.weights(
                    pending.logits[...],
                    without: logits[...],
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
