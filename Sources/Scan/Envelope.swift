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
    /// What classifiers beside the main one say, as thresholds and routes name it.
    package private(set) var more = More()
    /// Whether scores were left out.
    package private(set) var lacksScores = false
    /// Of the record, in milliseconds since 1970.
    package private(set) var timestamp: Int64?
    /// Whether it is a replay's line of a record that has no result: it could not be tagged, or was not to be.
    package private(set) var isUntagged = false
    /// Where these stand in the value, as JSON has them.
    private var labelPlace, textPlace: JSONString?

    /// What classifiers beside the main one say of a text.
    package struct More: Sendable, Equatable {
        /// `toxicity.*` and `toxicity.toxic` with their scores.
        package var scores: [LabelScore] = []
        /// The label of each that holds, as `toxicity.toxic`.
        package var labels: [String] = []
    }

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
            } else if reader.isEqual(member, "more") {
                more = try Self.more(&reader)
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
        guard let entries = try Self.entries(&reader) else { return }
        scores = entries.compactMap(\.self)
        lacksScores = entries.contains { $0 == nil }
    }

    /// The entries of an array of scores, nil for each that is none; nil where the value is no array.
    private static func entries(_ reader: inout JSONReader) throws(JSONFailure) -> [LabelScore?]? {
        guard reader.enterArray() else {
            try reader.skipValue()
            return nil
        }
        var found: [LabelScore?] = []
        found.reserveCapacity(4)
        while try reader.nextElement() { found.append(try entry(&reader)) }
        return found
    }

    private static func more(_ reader: inout JSONReader) throws(JSONFailure) -> More {
        var more = More()
        guard reader.enterObject() else {
            try reader.skipValue()
            return more
        }
        while let member = try reader.nextMember() {
            guard let name = reader.text(member), reader.enterObject() else {
                try reader.skipValue()
                continue
            }
            var (scores, label, holding): ([LabelScore], String?, String??) = ([], nil, nil)
            while let member = try reader.nextMember() {
                if reader.isEqual(member, "scores") {
                    scores = try entries(&reader)?.compactMap(\.self) ?? []
                } else if reader.isEqual(member, "label") {
                    label = try reader.textOrOther()
                } else if reader.isEqual(member, "labels") {
                    holding = try first(&reader)
                } else {
                    try reader.skipValue()
                }
            }
            more.scores += scores.sorted { $0.score > $1.score }.named(by: name)
            if let label = holding ?? label { more.labels.append("\(name).\(label)") }
        }
        return more
    }

    /// The first string of an array; nil where it has none.
    private static func first(_ reader: inout JSONReader) throws(JSONFailure) -> String? {
        guard reader.enterArray() else {
            try reader.skipValue()
            return nil
        }
        var found: String?
        while try reader.nextElement() {
            let text = try reader.textOrOther()
            found = found ?? text
        }
        return found
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
