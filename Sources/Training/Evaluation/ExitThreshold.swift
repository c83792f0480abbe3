// SPDX-License-Identifier: Apache-2.0
internal import Bert

/// How sure an early exit must be of a text for the model to be as good as without it.
enum ExitThreshold {
    /// Labelled texts of one kind, as both classifiers score them.
    struct Source {
        /// `[texts][K]`, of all layers, and at the exit.
        let scores: [[Float]]
        let early: [[Float]]
        /// The index of each text's label.
        let truths: [Int]

        /// What texts get where those leave of which the exit is as sure.
        func scores(leavingAt confidence: Float) -> [[Float]] {
            zip(early, scores).map { ($0.max() ?? 0) >= confidence ? $0 : $1 }
        }

        /// The share of texts that leave.
        func leaving(at confidence: Float) -> Double {
            Double(early.count { ($0.max() ?? 0) >= confidence }) / Double(max(early.count, 1))
        }
    }

    /// By how much the weighted F1 of a source may fall: less than the 0.3 points thought too little to notice, since other texts than
    /// these are then judged by it.
    static let allowedLoss = 0.002
    private static let steps = (50...99).map { Float($0) / 100 } + [0.995]

    /// The least confidence at which, and above which, no source's weighted F1 is more than `allowedLoss` below that without an
    /// exit; 1 where there is none.
    static func find(_ sources: [Source], labels: [String]) -> Float {
        let weightedF1 = { (source: Source, scores: [[Float]]) in
            Evaluation(labels: labels, truths: source.truths, scores: scores).weighted.f1
        }
        let judged = sources.map { (source: $0, whole: weightedF1($0, $0.scores)) }
        var least: Float = 1
        for confidence in steps.reversed() {
            let isGood = judged.allSatisfy { source, whole in
                weightedF1(source, source.scores(leavingAt: confidence)) >= whole - allowedLoss
            }
            guard isGood else { break }
            least = confidence
        }
        return least
    }
}
