// SPDX-License-Identifier: Apache-2.0

/// A file of texts to train on, and how often each of them is seen.
public struct TrainingSource: Sendable, Equatable, CustomStringConvertible {
    /// Path of the file.
    public let path: String
    /// How often a text is seen in an epoch, above 0. Of 2.5, each is seen twice, and a half of them, drawn anew for each
    /// epoch, once more.
    public let timesPerEpoch: Double
    /// Whether what teachers say of the texts is learned, and not their labels alone: a teacher may know one kind of text
    /// and not another.
    public var hasTeachers = true
    /// Whether the losses add to the logits of a text the log of each label's share in its file, so that the model learns
    /// what makes a text positive, and not how many positive ones the file has. Balanced softmax, Ren et al. 2020 (arXiv
    /// 2007.10740); logit adjustment, Menon et al. 2021 (arXiv 2007.07314).
    public var adjustsLogits = false

    /// Takes a file whose texts are seen once in an epoch, unless something else is said.
    public init(_ path: String, timesPerEpoch: Double = 1) {
        precondition(timesPerEpoch > 0 && timesPerEpoch.isFinite, "a source is seen")
        self.path = path
        self.timesPerEpoch = timesPerEpoch
    }

    /// The path, and behind a `*` how often its texts are seen if that is not once.
    public var description: String { timesPerEpoch == 1 ? path : "\(path)*\(timesPerEpoch)" }
}
