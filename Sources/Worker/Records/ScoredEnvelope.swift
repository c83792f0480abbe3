// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import JSON

/// What a result holds of a record's scores, read back from the envelope that `Output` wrote: by its bytes, each once, and
/// of all fields only these.
struct ScoredEnvelope: Sendable, Equatable {
    /// Names the record.
    let id: String
    let decision: String
    /// Highest score first; none where the record was not scored.
    let ranking: [LabelScore]
    /// Of the record, in milliseconds since 1970; nil where the envelope has none.
    let timestamp: Int64?
    /// Where the text stands in the value, as JSON has it; nil where the envelope has none.
    private let textPlace: JSONString?

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
        var fields = Fields()
        do throws(JSONFailure) {
            var reader = try JSONReader(value)
            if let field {
                guard reader.enterObject() else { throw .notJSON(position: 0) }
                while let member = try reader.nextMember() {
                    if reader.isEqual(member, field) {
                        fields = try Fields(&reader)
                    } else if reader.isEqual(member, Fields.error) || reader.isEqual(member, Fields.untagged) {
                        fields.isUntagged = true
                        try reader.skipValue()
                    } else {
                        try reader.skipValue()
                    }
                }
            } else {
                fields = try Fields(&reader)
            }
            try reader.finish()
        } catch {
            throw .foreign
        }
        guard let id = fields.id, let decision = fields.decision, let ranking = fields.ranking else {
            throw fields.isUntagged ? .untagged : .foreign
        }
        self.id = id
        self.decision = decision
        self.ranking = ranking
        timestamp = fields.timestamp
        textPlace = fields.text
    }

    /// The record's text; nil where the envelope has none.
    /// - Parameter value: what this was read from.
    func text(in value: [UInt8]) -> String? {
        guard let textPlace else { return nil }
        return (try? JSONReader(value))?.text(textPlace)
    }

    /// The id without the model that a replay puts behind it: `@`, and hexadecimal digits.
    var record: Substring {
        guard let mark = id.lastIndex(of: "@"), id[mark...].dropFirst().allSatisfy(\.isHexDigit) else { return id[...] }
        return id[..<mark]
    }
}

/// The members of an envelope; of several of one name the last counts.
private struct Fields {
    var id: String?
    var decision: String?
    var ranking: [LabelScore]?
    var timestamp: Int64?
    var text: JSONString?
    var isUntagged = false

    init() {}

    /// Reads the next value; nothing is found in one that is no object.
    init(_ reader: inout JSONReader) throws(JSONFailure) {
        guard reader.enterObject() else {
            try reader.skipValue()
            return
        }
        while let member = try reader.nextMember() {
            if reader.isEqual(member, Self.id) {
                id = try Self.text(&reader)
            } else if reader.isEqual(member, Self.scores) {
                ranking = try Self.ranking(&reader)
            } else if reader.isEqual(member, Self.decision) {
                decision = try Self.text(&reader)
            } else if reader.isEqual(member, Self.source) {
                timestamp = try Self.timestamp(&reader)
            } else if reader.isEqual(member, Self.text) {
                text = try reader.string()
                if text == nil { try reader.skipValue() }
            } else {
                isUntagged =
                    isUntagged || reader.isEqual(member, Self.error) || reader.isEqual(member, Self.untagged)
                try reader.skipValue()
            }
        }
    }

    private static func text(_ reader: inout JSONReader) throws(JSONFailure) -> String? {
        if let string = try reader.string() { return reader.text(string) }
        try reader.skipValue()
        return nil
    }

    /// Labels with their scores, highest first whatever order they stand in; nil if the value is something else.
    private static func ranking(_ reader: inout JSONReader) throws(JSONFailure) -> [LabelScore]? {
        guard reader.enterArray() else {
            try reader.skipValue()
            return nil
        }
        var ranking: [LabelScore] = []
        ranking.reserveCapacity(4)
        var isSound = true
        while try reader.nextElement() {
            if let entry = try entry(&reader) { ranking.append(entry) } else { isSound = false }
        }
        guard isSound else { return nil }
        let isSorted = zip(ranking, ranking.dropFirst()).allSatisfy { $0.score >= $1.score }
        return isSorted ? ranking : ranking.sorted { $0.score > $1.score }
    }

    private static func entry(_ reader: inout JSONReader) throws(JSONFailure) -> LabelScore? {
        guard reader.enterObject() else {
            try reader.skipValue()
            return nil
        }
        var (label, score): (String?, Float?)
        while let member = try reader.nextMember() {
            if reader.isEqual(member, Self.label) {
                label = try text(&reader)
            } else if reader.isEqual(member, Self.score) {
                score = Float(reader.written(try reader.skipValue()))
            } else {
                try reader.skipValue()
            }
        }
        guard let label, let score, score.isFinite else { return nil }
        return LabelScore(label: label, score: score)
    }

    private static func timestamp(_ reader: inout JSONReader) throws(JSONFailure) -> Int64? {
        guard reader.enterObject() else {
            try reader.skipValue()
            return nil
        }
        var timestamp: Int64?
        while let member = try reader.nextMember() {
            let place = try reader.skipValue()
            if reader.isEqual(member, Self.timestamp) { timestamp = Int64(reader.written(place)) }
        }
        return timestamp
    }

    static let error = Array("error".utf8)
    static let untagged = Array("untagged".utf8)
    private static let id = Array("id".utf8)
    private static let label = Array("label".utf8)
    private static let score = Array("score".utf8)
    private static let scores = Array("scores".utf8)
    private static let decision = Array("decision".utf8)
    private static let source = Array("source".utf8)
    private static let timestamp = Array("timestamp_ms".utf8)
    private static let text = Array("text".utf8)
}

extension OutputMode {
    /// The field of a value that the envelope stands in; nil where the value is the envelope.
    ///
    /// - Parameter merged: `output.field`.
    func envelopeField(merged: String) -> [UInt8]? {
        switch self {
        case .merge: Array(merged.utf8)
        case .structured: Array("data".utf8)
        case .envelope, .cloudevents, .headers: nil
        }
    }
}
