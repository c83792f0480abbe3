// SPDX-License-Identifier: Apache-2.0
internal import Bert

/// Fine-tuned models whose logits another one learns: several know more than one.
struct Teachers {
    private let models: [Model]

    /// Loads the models; nil if there are none.
    ///
    /// - Parameter longestText: tokens of the longest text that they are asked about.
    init?(
        _ directories: [String],
        kernels: Kernels,
        labels: [String],
        tokenizer: Tokenizer,
        longestText: Int
    ) throws {
        guard !directories.isEmpty else { return nil }
        models = try directories.map { (directory) throws in
            let model = try Model(directory: directory, kernels: kernels)
            guard model.architecture.labels == labels else {
                let known = model.architecture.labels.joined(separator: ", ")
                throw TrainingError(
                    "teacher \(directory) knows the labels \(known), not \(labels.joined(separator: ", "))"
                )
            }
            guard model.tokenizer.vocabulary.count == tokenizer.vocabulary.count else {
                throw TrainingError("teacher \(directory) has another vocabulary than the model to be trained")
            }
            guard model.architecture.positions >= longestText else {
                throw TrainingError(
                    "max-tokens: there are texts of \(longestText) tokens, of which the teacher \(directory) reads only "
                        + "\(model.architecture.positions); set it to as many"
                )
            }
            return model
        }
    }

    /// The mean of the models' logits for each text, `[texts, K]`.
    func logits(_ texts: [[Int32]], threads: Threads) throws -> [Float] {
        var sums: [Float] = []
        for model in models {
            let logits = try ParallelClassifier(model: model, threads: threads).logits(texts)
            sums = sums.isEmpty ? logits : zip(sums, logits).map { $0 + $1 }
        }
        return sums.map { $0 / Float(models.count) }
    }
}
