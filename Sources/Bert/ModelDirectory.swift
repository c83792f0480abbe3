// SPDX-License-Identifier: Apache-2.0
public import Files

/// A Hugging Face model directory as far as it can be looked into without reading the weights themselves: its
/// configuration, its tokenizer, and which tensors are there.
public struct ModelDirectory: Sendable {
    /// Where it is.
    public let path: String
    /// Shape and labels, from `config.json`.
    public let architecture: Architecture
    /// The tokenizer that the model was trained with.
    public let tokenizer: Tokenizer
    let weights: Weights

    /// - Throws: `FileError` where a file is missing or broken, or they are not of one model.
    public init(_ path: String) throws(FileError) {
        let stated = try Architecture(directory: path)
        tokenizer = try Tokenizer(directory: path)
        try stated.check(tokenizer, in: path)
        weights = try Weights(directory: path)
        architecture = stated.found(in: weights.names)
        self.path = path
    }

    /// Paths of the files that hold the weights.
    public var weightFiles: [String] { weights.files }

    /// How many elements the tensors have that are stored as each type, by safetensors' names of these.
    public var storedElements: [String: Int] { weights.elements }

    /// The longest text that the model takes, in tokens, [CLS] and [SEP] included.
    public var maxTokens: Int { tokenizer.maxTokens(positions: architecture.positions) }

    /// Refuses a model that puts no labels on texts, or lacks a tensor that it takes.
    public func checkClassifier() throws(FileError) {
        guard architecture.task == .sequenceClassification else { throw Classifier.lacking(architecture, path) }
        let names = ParameterNames(architecture.plan, in: weights.names)
        let width = architecture.width
        var layers = [
            (names.pooler, width, architecture.encoder.biases.pooler),
            (names.classifier, architecture.labels.count, true),
        ]
        if architecture.earlyExit != nil {
            layers += [(names.exitPooler, width, true), (names.exitClassifier, architecture.labels.count, true)]
        }
        for (name, outputs, hasBias) in layers {
            try weights.check(name + ".weight", shape: [outputs, width])
            if hasBias { try weights.check(name + ".bias", shape: [outputs]) }
        }
    }
}
