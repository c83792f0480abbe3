// SPDX-License-Identifier: Apache-2.0

/// Why one record cannot be tagged: data, not an error, since one bad record never stops a partition.
struct Rejection: Error, Equatable {
    /// The closed set of reasons, as dead letters and metrics name them.
    enum Reason: String, Sendable, CaseIterable {
        case notUTF8 = "not_utf8"
        case badJSON = "bad_json"
        /// A row of a file.
        case badCSV = "bad_csv"
        case missingField = "missing_field"
        case emptyText = "empty_text"
        case tooLarge = "too_large"
        case tooLong = "too_long"
        case inference
        case outputTooLarge = "output_too_large"
        case produceRejected = "produce_rejected"
    }

    /// The stage of the flow that refused the record.
    enum Stage: String, Sendable {
        case decode
        case tokenize
        case encode
        case publish
    }

    let stage: Stage
    let reason: Reason
    /// What was wrong, without a word of the record's own text: it ends in headers that others read.
    let message: String

    init(_ reason: Reason, in stage: Stage, _ message: String) {
        self.reason = reason
        self.stage = stage
        self.message = message
    }
}
