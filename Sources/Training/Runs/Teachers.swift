// SPDX-License-Identifier: Apache-2.0
internal import Bert

/// Fine-tuned models whose logits another one learns: several know more than one.
struct Teachers {
    private let models: [Model]

    /// Loads the models, of whatever family and vocabulary.
    init(_ directories: [String], kernels: Kernels, precision: Precision, labels: [String]) throws {
        models = try directories.map { (directory) throws in
            let model = try Model(directory: directory, kernels: kernels, precision: precision)
            guard model.architecture.labels == labels else {
                let known = model.architecture.labels.joined(separator: ", ")
                throw TrainingError(
                    "teacher \(directory) knows the labels \(known), not \(labels.joined(separator: ", "))"
                )
            }
            return model
        }
    }

    /// SHA-256 of each model's weights.
    var digests: [String] { models.map(\.digest) }

    /// The mean of the models' logits for each text, `[texts, K]`.
    ///
    /// - Parameter maxTokens: how much of a text is read at most, in each model's own tokens.
    func logits(_ texts: [String], maxTokens: Int, threads: Threads) throws -> [Float] {
        var sums: [Float] = []
        for model in models {
            let ids = SampleReader(
                tokenizer: model.tokenizer,
                maxTokens: min(maxTokens, model.maxTokens),
                threads: threads
            )
            let logits = try ParallelClassifier(model: model, threads: threads).logits(threads.map(texts, ids.ids(of:)))
            sums = sums.isEmpty ? logits : zip(sums, logits).map { $0 + $1 }
        }
        return sums.map { $0 / Float(models.count) }
    }
}
