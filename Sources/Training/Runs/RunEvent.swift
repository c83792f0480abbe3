// SPDX-License-Identifier: Apache-2.0

/// What a training run tells while it goes on.
public enum RunEvent: Sendable {
    /// Something that is said once, such as how many texts there are.
    case note(String)
    /// Some steps were taken.
    case progress(RunProgress)
    /// The model was evaluated.
    case evaluation(RunEvaluation)
}

/// Where a run stands, with means since the last report.
public struct RunProgress: Sendable, Codable, Equatable {
    /// Steps done, and to do in all.
    public let step: Int
    /// Steps of the whole run.
    public let steps: Int
    /// The losses by name: `loss` is what is minimised.
    public let losses: [String: Double]
    /// The norm of the gradient before clipping.
    public let gradientNorm: Double
    /// The learning rate of the last step.
    public let learningRate: Double
    /// Tokens trained on in a second.
    public let tokensPerSecond: Double
    /// Seconds until the end, as far as can be said.
    public let secondsLeft: Double
}

/// What an evaluation found.
public struct RunEvaluation: Sendable, Codable, Equatable {
    /// After how many steps.
    public let step: Int
    /// What is compared: higher is better.
    public let score: Double
    /// All figures in the order to show them: those of everything, or the means over the sources, then each source's.
    public let figures: [Figure]
    /// Whether it is the best so far, and was saved.
    public let isBest: Bool

    /// One figure.
    public struct Figure: Sendable, Codable, Equatable {
        /// What it is.
        public let name: String
        /// The texts that it is of; nil for all, or the mean.
        public let source: String?
        /// A fraction, or a loss.
        public let value: Double

        init(name: String, source: String? = nil, value: Double) {
            self.name = name
            self.source = source
            self.value = value
        }
    }

    /// The sources that are scored each by itself, in their order.
    public var sources: [String] {
        var sources: [String] = []
        for source in figures.compactMap(\.source) where !sources.contains(source) { sources.append(source) }
        return sources
    }

    /// The figures of a source; of nil those of everything.
    public func figures(of source: String?) -> [Figure] { figures.filter { $0.source == source } }
}

/// How a run ended.
public enum RunEnd: Sendable, Equatable {
    /// All steps were taken.
    case finished
    /// The validation score has not risen for as many evaluations as were allowed.
    case stoppedEarly
    /// It was asked to stop; its state is saved.
    case interrupted
}

/// Why a run cannot start or go on, when no file is to blame.
public struct TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, and what to do. Where it is about an option of a run, its name comes first: `validation: …`.
    public let description: String

    /// Creates an error.
    public init(_ description: String) { self.description = description }
}
