// SPDX-License-Identifier: Apache-2.0
import Bert
import Scan

/// What a result holds of a record's scores: an envelope with all that a decision needs.
struct ScoredEnvelope: Sendable, Equatable {
    /// Names the record.
    let id: String
    let decision: String
    /// Highest score first; none where the record was not scored.
    let ranking: [LabelScore]
    /// What thresholds go by: these, and the scores of classifiers beside the main one as they are named there.
    var namedScores: [LabelScore] { ranking + envelope.more.scores }
    private let envelope: Envelope

    /// Why a value is no envelope with a decision.
    enum Failure: Error {
        /// A replay's line of a record that has none: it could not be tagged, or was not to be.
        case untagged
        /// Something else, or nothing that can be read.
        case foreign
    }

    /// Reads a value that is an envelope, or has one in a field.
    ///
    /// - Parameter field: the name of that field, in UTF-8; nil where the value is the envelope.
    init(_ value: [UInt8], in field: [UInt8]?) throws(Failure) {
        guard let envelope = try? Envelope(value, in: field) else { throw .foreign }
        guard let id = envelope.id, let decision = envelope.decision, let scores = envelope.scores,
            !envelope.lacksScores
        else { throw envelope.isUntagged ? .untagged : .foreign }
        self.id = id
        self.decision = decision
        let isSorted = zip(scores, scores.dropFirst()).allSatisfy { $0.score >= $1.score }
        ranking = isSorted ? scores : scores.sorted { $0.score > $1.score }
        self.envelope = envelope
    }

    /// Of the record, in milliseconds since 1970; nil where the envelope has none.
    var timestamp: Int64? { envelope.timestamp }

    /// The record's text; nil where the envelope has none.
    /// - Parameter value: what this was read from.
    func text(in value: [UInt8]) -> String? { envelope.text(in: value) }

    /// The id without the model that a replay puts behind it: `@`, and hexadecimal digits.
    var record: Substring {
        guard let mark = id.lastIndex(of: "@"), id[mark...].dropFirst().allSatisfy(\.isHexDigit) else { return id[...] }
        return id[..<mark]
    }
}
