// SPDX-License-Identifier: Apache-2.0
public import Bert

/// All that an evaluation of a model has found.
public struct EvaluationResults: Sendable {
    /// The model.
    public let model: Model
    /// Its tests, a file each.
    public let tests: [ModelTest]
    /// Another model, its tests on the same files, and how the two compare.
    public private(set) var comparison: (other: Model, tests: [ModelTest], comparison: Comparison)?
    /// How it does on cases of behaviour.
    public var behaviour: BehaviourTest?

    /// Begins with the model's tests.
    public init(model: Model, tests: [ModelTest]) {
        self.model = model
        self.tests = tests
    }

    /// Compares with another model of the same labels, put to the same tests, of which there must be one.
    public mutating func compare(with other: Model, _ tests: [ModelTest]) {
        comparison = (other, tests, Comparison(self.tests, tests, labels: model.labels))
    }
}
