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

    /// By how much the mean over the sources may fall: a third of what is thought too little to notice, since other texts than
    /// these are then judged by it.
    static let allowedLoss = 0.001
    private static let steps = (50...99).map { Float($0) / 100 } + [0.995]

    /// The least confidence at which, and above which, the mean of the sources' weighted F1 is at most `allowedLoss` below that
    /// without an exit; 1 where there is none.
    static func find(_ sources: [Source], labels: [String]) -> Float {
        let mean = { (scores: (Source) -> [[Float]]) in
            sources.reduce(0) {
                $0 + Evaluation(labels: labels, truths: $1.truths, scores: scores($1)).weighted.f1
            } / Double(sources.count)
        }
        let whole = mean(\.scores)
        var least: Float = 1
        for confidence in steps.reversed() {
            guard mean({ $0.scores(leavingAt: confidence) }) >= whole - allowedLoss else { break }
            least = confidence
        }
        return least
    }
}
