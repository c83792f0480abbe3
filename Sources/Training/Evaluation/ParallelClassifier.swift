// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files

/// Classifies many texts on all threads.
struct ParallelClassifier {
    let model: Model
    let threads: Threads

    /// Computes the rows `[texts.count, model.rowWidth]` of token sequences.
    func rows(_ texts: [[Int32]]) throws(FileError) -> [Float] {
        let width = model.rowWidth
        let block = 256
        let blocks = (texts.count + block - 1) / block
        var classifiers: [Classifier] = []
        for _ in 0..<threads.count { classifiers.append(try Classifier(model: model)) }
        nonisolated(unsafe) let ofThreads = classifiers
        var rows = [Float](repeating: 0, count: texts.count * width)
        rows.withUnsafeMutableBufferPointer { rows in
            nonisolated(unsafe) let rows = rows
            threads.forEach { thread in
                for index in stride(from: thread, to: blocks, by: threads.count) {
                    let first = index * block
                    let batch = TokenBatch(texts[first..<min(first + block, texts.count)])
                    for (place, value) in ofThreads[thread].rows(batch).enumerated() {
                        rows[first * width + place] = value
                    }
                }
            }
        }
        return rows
    }

    /// The logits `[texts.count, K]` of token sequences.
    func logits(_ texts: [[Int32]]) throws(FileError) -> [Float] {
        model.windows(of: try rows(texts)[...]).flatMap(\.self)
    }

    /// The scores of the lines of a file, `[texts][K]`, and how many tokens they have.
    ///
    /// - Parameter encode: tokenises one text; called from all threads.
    /// - Throws: `FileError`, what `encode` throws, or `DatasetError` for a text whose scores are not finite.
    func scores(
        of lines: [(text: String, number: Int)],
        in path: String,
        encode: (String) throws -> Encoding
    ) throws -> (scores: [[Float]], tokens: Int) {
        let encodings = try threads.map(lines) { try encode($0.text) }
        let all = try self.rows(encodings.flatMap(\.sequences))
        var rows = BatchRows(all[...], of: model)
        var scores: [[Float]] = []
        for (line, encoding) in zip(lines, encodings) {
            scores.append(model.scores(of: rows.next(for: encoding), for: encoding))
            guard scores[scores.count - 1].allSatisfy(\.isFinite) else {
                throw DatasetError(path: path, line: line.number, reason: "the model's scores are not finite numbers")
            }
        }
        return (scores, encodings.reduce(0) { $0 + $1.tokenCount })
    }
}
