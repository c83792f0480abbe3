// SPDX-License-Identifier: Apache-2.0
import Bert
import Files

/// Scores batches of texts on the thread that calls it.
protocol BatchClassifier {
    /// Appends the rows `[batch.count, model.rowWidth]`, in batch order.
    func appendRows(of batch: TokenBatch, to rows: inout [Float])
}

extension Classifier: BatchClassifier {}

/// The classifiers of one encoder thread: one for the version in use, and one for that before it while that still has
/// records in flight.
struct Classifiers {
    private var latest: [(version: ModelVersion, classifier: any BatchClassifier)] = []

    /// Reserves the memory that encoding with a version takes.
    init(_ version: ModelVersion) throws(FileError) { _ = try classifier(of: version) }

    mutating func classifier(of version: ModelVersion) throws(FileError) -> any BatchClassifier {
        if let known = latest.first(where: { $0.version === version }) { return known.classifier }
        let classifier = try version.makeClassifier()
        latest = latest.suffix(1) + [(version, classifier)]
        return classifier
    }
}
