// SPDX-License-Identifier: Apache-2.0
internal import Bert

/// Fine-tuned models whose logits another one learns: several know more than one.
struct Teachers {
    private let models: [Model]

    /// Loads the models; nil if there are none.
    init?(_ directories: [String], kernels: Kernels, labels: [String], tokenizer: Tokenizer) throws {
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
            return model
        }
    }

    /// The mean of the models' logits for each text, `[texts, K]`.
    func logits(_ texts: [[Int32]], threads: Threads) throws -> [Float] {
        var sums: [Float] = []
        for model in models {
            let logits = try logits(texts, model, threads)
            sums = sums.isEmpty ? logits : zip(sums, logits).map { $0 + $1 }
        }
        return sums.map { $0 / Float(models.count) }
    }

    private func logits(_ texts: [[Int32]], _ model: Model, _ threads: Threads) throws -> [Float] {
        let labels = model.architecture.labels.count
        let block = 256
        let blocks = (texts.count + block - 1) / block
        let classifiers = try (0..<threads.count).map { _ in try Classifier(model: model) }
        var logits = [Float](repeating: 0, count: texts.count * labels)
        logits.withUnsafeMutableBufferPointer { logits in
            nonisolated(unsafe) let logits = logits
            threads.forEach { thread in
                for index in stride(from: thread, to: blocks, by: threads.count) {
                    let first = index * block
                    let batch = TokenBatch(texts[first..<min(first + block, texts.count)])
                    for (place, value) in classifiers[thread].logits(batch).enumerated() {
                        logits[first * labels + place] = value
                    }
                }
            }
        }
        return logits
    }
}
