// SPDX-License-Identifier: Apache-2.0
internal import Bert

/// What a batch is to be taught: computes losses from the last hidden states, and their gradient. Belongs to one thread.
protocol TrainingHead: AnyObject {
    /// What the texts of a batch should give.
    associatedtype Targets

    /// Adds the gradients of the head's parameters and writes that of the hidden states.
    ///
    /// - Parameters:
    ///   - chunk: some texts of the batch.
    ///   - targets: those of the whole batch.
    ///   - hidden: the last hidden states, `[T, C]`.
    ///   - dHidden: where their gradient goes, `[T, C]`.
    /// - Returns: the chunk's share of the batch's losses.
    func losses(
        _ chunk: Chunk,
        _ targets: Targets,
        hidden: UnsafePointer<Float>,
        dropout: Dropout?,
        to dHidden: UnsafeMutablePointer<Float>
    ) -> Losses
}
