// SPDX-License-Identifier: Apache-2.0
import Bert
import TestSupport

@testable import Training

extension GoldenSteps {
    /// Some texts that every small model here can read.
    static let texts: [[Int32]] = [[2, 17, 33, 8, 3], [2, 45, 3], [2, 9, 9, 60, 71, 82, 17, 3]]

    /// The network of one of the small models, with a head for a task.
    static func network(
        _ name: String,
        task: Architecture.Task,
        dropout: DropoutRates = .none,
        activation: Architecture.Activation? = nil,
        exitLayer: Int? = nil
    ) throws -> Network {
        var architecture = try Architecture(directory: directory(name))
        architecture.activation = activation ?? architecture.activation
        architecture.task = task
        architecture.earlyExit = exitLayer.map { EarlyExit(layer: $0) }
        architecture.labels = ["negative", "neutral", "positive"]
        return try Network(
            architecture: architecture,
            dropout: dropout,
            arithmetic: Arithmetic(kernels: .ofTests()),
            weights: Weights(directory: directory(name)),
            seed: 3
        )
    }
}
