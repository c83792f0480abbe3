// SPDX-License-Identifier: Apache-2.0
import Bert
public import Configuration
import Kafka
import Scan
public import Settings

/// The scores of many records, by their ids: what another model's are compared with.
///
/// Ids are kept as hashes of 64 bits, and scores as floats, so that a record takes some 40 bytes. Of two results of one record
/// the later one counts.
public struct ScoreTable: Sendable {
    /// The labels, in the order of the scores.
    public let labels: [String]
    private var rows: [UInt64: Int] = [:]
    private var scores: [Float] = []
    /// Results without scores, or with scores of other labels.
    private(set) var unscored = 0

    init(labels: [String]) { self.labels = labels }

    /// Reads the results that an output topic holds. Blocks.
    ///
    /// - Parameters:
    ///   - settings: `output.mode` is what the results were written with.
    ///   - labels: those of the model that is compared.
    public init(
        topic: String,
        settings: Settings,
        labels: [String],
        progress: (_ records: Int) -> Void
    ) throws(WorkerError) {
        self.init(labels: labels)
        let mode = settings[Settings.outputMode]
        guard mode != .headers else {
            let problem = "output.mode: headers holds the best score alone, which is too little to compare"
            throw .settings(SettingsError(problems: [problem]))
        }
        let field = mode.envelopeField(merged: settings[Settings.outputField])
        let scan = try TopicScan(settings: settings, group: settings[Settings.groupID])
        defer { scan.consumer.close() }
        let bounds = try scan.bounds(of: topic, namedBy: "compare-topic")
        try scan.read(bounds) { records in
            for record in records { add(record.value ?? [], in: field) }
            progress(count)
            return true
        }
    }

    /// Records with scores.
    public var count: Int { rows.count }

    mutating func add(_ value: [UInt8], in field: [UInt8]?) {
        guard let envelope = try? ScoredEnvelope(value, in: field), let scores = envelope.scores(of: labels) else {
            unscored += 1
            return
        }
        let hash = Digest.fnv1a(of: String(envelope.record))
        let row = rows[hash] ?? self.scores.count
        self.scores.replaceSubrange(row..<min(row + labels.count, self.scores.count), with: scores)
        rows[hash] = row
    }

    /// The scores of a record, in the order of the labels.
    /// - Parameter id: without a model.
    subscript(id: String) -> [Float]? {
        rows[Digest.fnv1a(of: id)].map { Array(scores[$0..<$0 + labels.count]) }
    }
}

extension ScoredEnvelope {
    /// The scores in the order of these labels; nil if they are of others.
    func scores(of labels: [String]) -> [Float]? {
        guard ranking.count == labels.count else { return nil }
        var scores: [Float] = []
        for label in labels {
            guard let score = ranking.first(where: { $0.label == label })?.score else { return nil }
            scores.append(score)
        }
        return scores
    }
}
