// SPDX-License-Identifier: Apache-2.0
public import Bert

/// What every training run is told: where its model goes, how long and how fast it learns, and on what.
public struct RunOptions: Sendable {
    /// Directory of the model that comes out.
    public var out: String
    /// How often each text is seen.
    public var epochs: Double
    /// Texts of one step.
    public var batchSize = 32
    /// The highest learning rate.
    public var learningRate: Float
    /// Share of the steps in which the learning rate rises.
    public var warmUp: Double
    /// How much the matrices shrink by themselves.
    public var weightDecay: Float = 0.01
    /// The longest gradient that is not shortened.
    public var maxGradientNorm = 1.0
    /// The longest text in tokens; the rest of a longer one is not read.
    public var maxTokens = 128
    /// Evaluations in an epoch.
    public var evaluationsPerEpoch: Int
    /// How the weights are stored.
    public var precision = StoredPrecision.f32
    /// Whether products take operands rounded to bfloat16, where the processor has instructions for that.
    public var usesBF16 = false
    /// Every random number comes from it.
    public var seed: UInt64 = 0
    /// Threads to train on.
    public var threads = 1
    /// Steps between checkpoints; nil for one every five minutes.
    public var checkpointEvery: Int?
    /// Steps between reports.
    public var reportEvery = 50
    /// Whether to go on from the checkpoint in `out`.
    public var resumes = false

    /// Steps of a run in which one epoch takes so many.
    func steps(ofEpoch stepsPerEpoch: Int) -> Int { max(1, Int((epochs * Double(stepsPerEpoch)).rounded())) }

    /// What of it decides the bits of the result.
    var identity: [String: String] {
        [
            "epochs": "\(epochs)", "batch-size": "\(batchSize)", "learning-rate": "\(learningRate)",
            "warm-up": "\(warmUp)", "weight-decay": "\(weightDecay)", "max-gradient-norm": "\(maxGradientNorm)",
            "max-tokens": "\(maxTokens)", "evaluations": "\(evaluationsPerEpoch)", "bf16": "\(usesBF16)",
            "seed": "\(seed)", "threads": "\(threads)",
        ]
    }
}
