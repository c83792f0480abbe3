// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files

/// What a run does at each step: fine-tuning, distillation or masked-LM training.
protocol TrainingTask: AnyObject {
    associatedtype Head: TrainingHead

    var trainer: Trainer<Head> { get }
    /// Takes the mean of the weights over the end of the run; nil without.
    var average: WeightAverage? { get }

    /// The texts of a step, counted from 1, and what they should give: a function of the step alone.
    func batch(at step: Int) -> (TokenBatch, Head.Targets)
    /// Evaluates the network as it is.
    func evaluate() -> (score: Double, figures: [RunEvaluation.Figure])
    /// Writes the network as it is, and was evaluated last, as a model.
    func save() throws(FileError)
    /// The losses that mean something here, by name.
    func named(_ losses: Losses) -> [String: Double]
}
