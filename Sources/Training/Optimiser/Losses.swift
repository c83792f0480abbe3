// SPDX-License-Identifier: Apache-2.0

/// The losses of a batch, each a mean over what it is about.
struct Losses: Sendable, Equatable {
    /// Cross-entropy with the labels.
    var classification = 0.0
    /// Divergence from a teacher's distribution, times the temperature squared.
    var distillation = 0.0
    /// Cross-entropy at the masked positions.
    var maskedLM = 0.0
    /// 1 - cosine of student's and teacher's hidden states.
    var cosine = 0.0
    /// Divergence from how a teacher's tokens relate to each other.
    var relations = 0.0
    /// Cross-entropy and divergence together at the early exit.
    var earlyExit = 0.0
    /// What is minimised: their weighted sum.
    var total = 0.0

    static func += (sum: inout Losses, other: Losses) {
        sum.classification += other.classification
        sum.distillation += other.distillation
        sum.maskedLM += other.maskedLM
        sum.cosine += other.cosine
        sum.relations += other.relations
        sum.earlyExit += other.earlyExit
        sum.total += other.total
    }
}
