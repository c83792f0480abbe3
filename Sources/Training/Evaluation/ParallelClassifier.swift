// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files

/// Classifies many texts on all threads.
struct ParallelClassifier {
    let model: Model
    let threads: Threads

    /// Computes the logits `[texts.count, K]` of token sequences.
    func logits(_ texts: [[Int32]]) throws(FileError) -> [Float] {
        let labels = model.architecture.labels.count
        let block = 256
        let blocks = (texts.count + block - 1) / block
        var classifiers: [Classifier] = []
        for _ in 0..<threads.count { classifiers.append(try Classifier(model: model)) }
        nonisolated(unsafe) let ofThreads = classifiers
        var logits = [Float](repeating: 0, count: texts.count * labels)
        logits.withUnsafeMutableBufferPointer { logits in
            nonisolated(unsafe) let logits = logits
            threads.forEach { thread in
                for index in stride(from: thread, to: blocks, by: threads.count) {
                    let first = index * block
                    let batch = TokenBatch(texts[first..<min(first + block, texts.count)])
                    for (place, value) in ofThreads[thread].logits(batch).enumerated() {
                        logits[first * labels + place] = value
                    }
                }
            }
        }
        return logits
    }
}
