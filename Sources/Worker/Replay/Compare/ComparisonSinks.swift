// SPDX-License-Identifier: Apache-2.0
public import Bert
import Kafka
import Threading

/// Keeps the scores of a replay's records; results are envelopes.
public final class ScoreTableSink: ReplaySink {
    private let state: Monitor<ScoreTable>

    /// - Parameter labels: the model's.
    public init(labels: [String]) { state = Monitor(ScoreTable(labels: labels)) }

    /// What was kept.
    public var table: ScoreTable { state.withLock { $0 } }

    /// Takes a record's result.
    public func write(_ result: ReplayResult) {
        guard let value = result.envelope else { return }
        state.withLock { $0.add(value, in: nil) }
    }

    /// Everything is in memory.
    public func sync() -> Int64 { 0 }
}

/// Compares a replay's records with scores that are there already; results are envelopes.
public final class ComparisonSink: ReplaySink {
    private let table: ScoreTable
    private let state: Monitor<ModelComparison>
    private let sample = Monitor(TextSample(size: TextDrift.texts))

    /// - Parameter table: what the first model says.
    public init(_ table: ScoreTable) {
        self.table = table
        state = Monitor(ModelComparison(labels: table.labels))
    }

    /// Whether texts of the second half are like those of the first, by what this model makes of them; nil where there are
    /// too few, or they have no times. Encodes, and takes seconds.
    public func textDrift(of model: Model) -> TextDrift? { TextDrift(sample.withLock { $0 }, of: model) }

    /// What was found.
    public var comparison: ModelComparison {
        state.withLock { comparison in
            var whole = comparison
            // Counted from the other side: those that no result met.
            whole.onlyBefore += max(table.count - comparison.records - comparison.onlyBefore, 0)
            return whole
        }
    }

    /// Takes a record's result.
    public func write(_ result: ReplayResult) {
        let first = table[result.item.record.id]
        guard let value = result.envelope, let envelope = try? ScoredEnvelope(value, in: nil),
            let second = envelope.scores(of: table.labels)
        else {
            return state.withLock { comparison in
                if first == nil { comparison.unscored += 1 } else { comparison.onlyBefore += 1 }
            }
        }
        guard let first else { return state.withLock { $0.onlyAfter += 1 } }
        let (id, record) = (String(envelope.record), result.item.record)
        let time = record.timestamp?.milliseconds
        state.withLock { $0.add(id: id, first, second, time: time, text: envelope.text(in: value)) }
        guard let place = record.isLine ? record.offset : time else { return }
        sample.withLock { $0.add(id: id, time: place, text: envelope.text(in: value)) }
    }

    /// Everything is in memory.
    public func sync() -> Int64 { 0 }
}

extension ReplayResult {
    /// The envelope; nil where the record has no tag.
    fileprivate var envelope: [UInt8]? {
        switch item.result {
        case .tagged, .unscored: item.messages.first?.value
        case .untagged, .deadLetter, .skipped, nil: nil
        }
    }
}
