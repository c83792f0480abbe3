// SPDX-License-Identifier: Apache-2.0
package import Bert
package import JSON

/// What a result says of its record, read back from the envelope that the worker wrote: by its bytes, each once, and of all
/// members only these. Of several of one name the last counts; one of another type than the worker's is none.
package struct Envelope: Sendable, Equatable {
    /// Names the record.
    package private(set) var id: String?
    package private(set) var decision: String?
    /// Labels with their scores, in the order in which they stand there; without those that are no label with a finite number.
    package private(set) var scores: [LabelScore]?
    /// Whether scores were left out.
    package private(set) var lacksScores = false
    /// Of the record, in milliseconds since 1970.
    package private(set) var timestamp: Int64?
    /// Whether it is a replay's line of a record that has no result: it could not be tagged, or was not to be.
    package private(set) var isUntagged = false
    /// Where these stand in the value, as JSON has them.
    private var labelPlace, textPlace: JSONString?

    /// Reads a value that is an envelope, or has one in a field; where it is JSON and has none, nothing is found in it.
    ///
    /// - Parameter field: the name of that field, in UTF-8; nil where the value is the envelope.
    package init(_ value: [UInt8], in field: [UInt8]?) throws(JSONFailure) {
        var reader = try JSONReader(value)
        if let field {
            var (found, isUntagged) = (Envelope(), false)
            guard reader.enterObject() else { throw .notJSON(position: 0) }
            while let member = try reader.nextMember() {
                if reader.isEqual(member, field) {
                    found = try Envelope(&reader)
                } else {
                    isUntagged = isUntagged || Self.tellsOfNone(member, reader)
                    try reader.skipValue()
                }
            }
            self = found
            self.isUntagged = found.isUntagged || isUntagged
        } else {
            self = try Envelope(&reader)
        }
        try reader.finish()
    }

    /// The scores by label; of several of one label, the last.
    package var scoresByLabel: [String: Float] {
        Dictionary((scores ?? []).map { ($0.label, $0.score) }) { $1 }
    }

    /// The label with the highest score.
    /// - Parameter value: what this was read from.
    package func label(in value: [UInt8]) -> String? { Self.text(labelPlace, in: value) }

    /// The record's text.
    /// - Parameter value: what this was read from.
    package func text(in value: [UInt8]) -> String? { Self.text(textPlace, in: value) }

    private static func text(_ place: JSONString?, in value: [UInt8]) -> String? {
        guard let place else { return nil }
        return (try? JSONReader(value))?.text(place)
    }
}

extension Envelope {
    private init() {}

    /// Reads the next value; nothing is found in one that is no object.
    private init(_ reader: inout JSONReader) throws(JSONFailure) {
        guard reader.enterObject() else {
            try reader.skipValue()
            return
        }
        while let member = try reader.nextMember() {
            if reader.isEqual(member, "id") {
                id = try reader.textOrOther()
            } else if reader.isEqual(member, "label") {
                labelPlace = try reader.stringOrOther()
            } else if reader.isEqual(member, "scores") {
                try takeScores(&reader)
            } else if reader.isEqual(member, "decision") {
                decision = try reader.textOrOther()
            } else if reader.isEqual(member, "source") {
                timestamp = try Self.timestamp(&reader)
            } else if reader.isEqual(member, "text") {
                textPlace = try reader.stringOrOther()
            } else {
                isUntagged = isUntagged || Self.tellsOfNone(member, reader)
                try reader.skipValue()
            }
        }
    }

    private static func tellsOfNone(_ member: JSONString, _ reader: JSONReader) -> Bool {
        reader.isEqual(member, "error") || reader.isEqual(member, "untagged")
    }

    private mutating func takeScores(_ reader: inout JSONReader) throws(JSONFailure) {
        (scores, lacksScores) = (nil, false)
        guard reader.enterArray() else {
            try reader.skipValue()
            return
        }
        var found: [LabelScore] = []
        found.reserveCapacity(4)
        while try reader.nextElement() {
            if let entry = try Self.entry(&reader) { found.append(entry) } else { lacksScores = true }
        }
        scores = found
    }

    private static func entry(_ reader: inout JSONReader) throws(JSONFailure) -> LabelScore? {
        guard reader.enterObject() else {
            try reader.skipValue()
            return nil
        }
        var (label, score): (String?, Float?)
        while let member = try reader.nextMember() {
            if reader.isEqual(member, "label") {
                label = try reader.textOrOther()
            } else if reader.isEqual(member, "score") {
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
            if reader.isEqual(member, "timestamp_ms") { timestamp = Int64(reader.written(place)) }
        }
        return timestamp
    }
}

extension JSONReader {
    /// Passes over a value; nil if it is no string.
    fileprivate mutating func stringOrOther() throws(JSONFailure) -> JSONString? {
        if let string = try string() { return string }
        try skipValue()
        return nil
    }

    /// The same, decoded.
    fileprivate mutating func textOrOther() throws(JSONFailure) -> String? { try stringOrOther().flatMap { text($0) } }
}
