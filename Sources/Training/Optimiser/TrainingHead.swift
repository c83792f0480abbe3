// SPDX-License-Identifier: Apache-2.0
internal import Bert

/// What an encoder's last block computed of a chunk, and what the one before an early exit did.
struct LastBlock {
    /// `[T, C]`.
    let hidden: UnsafePointer<Float>
    /// `[T, 3C]`: queries, keys and values side by side.
    let queryKeyValue: UnsafePointer<Float>
    /// `[T, C]`; nil without an exit.
    let early: UnsafePointer<Float>?
}

/// Where gradients by what the last block computed go, and by what an early exit read.
struct LastBlockGradient {
    /// `[T, C]`.
    let hidden: UnsafeMutablePointer<Float>
    /// `[T, 3C]`: what is not by way of the hidden states; nil where there is nothing else.
    let queryKeyValue: UnsafeMutablePointer<Float>?
    /// `[T, C]`: by what the early exit read; nil without one.
    let early: UnsafeMutablePointer<Float>?
}

/// What a batch is to be taught: computes losses from what the last block computed, and their gradients. Belongs to one thread.
protocol TrainingHead: AnyObject {
    /// What the texts of a batch should give.
    associatedtype Targets

    /// Whether it teaches queries, keys and values too, and not by way of the hidden states alone.
    var teachesAttention: Bool { get }

    /// Adds the gradients of the head's parameters and writes those by what the last block computed.
    ///
    /// - Parameters:
    ///   - chunk: some texts of the batch.
    ///   - targets: those of the whole batch.
    /// - Returns: the chunk's share of the batch's losses.
    func losses(
        _ chunk: Chunk,
        _ targets: Targets,
        _ block: LastBlock,
        dropout: Dropout?,
        to gradient: LastBlockGradient
    ) -> Losses
}
