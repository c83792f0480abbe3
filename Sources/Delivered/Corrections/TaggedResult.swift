// SPDX-License-Identifier: Apache-2.0
import Configuration
import JSON
import Kafka

/// What a result says of its record, in any `output.mode`.
struct TaggedResult: Equatable {
    /// The label with the highest score; nil where the model was not asked, or could not read the text.
    var label: String?
    var decision: String?
    /// By label; of the best one alone where `output.mode` is `headers`.
    var scores: [String: Float] = [:]
    /// nil where the result does not hold it.
    var text: String?

    /// Reads a record of an output topic; nil if it is no tagged record.
    /// - Parameter field: the name of the field that `merge` adds.
    init?(_ record: Record, mode: OutputMode, field: String) {
        switch mode {
        case .headers:
            decision = record.lastHeader("sentiment.decision")
            label = record.lastHeader("sentiment.label")
            let score = record.lastHeader("sentiment.score").flatMap { Float($0) }
            if let label, let score, score.isFinite { scores[label] = score }
        case .envelope, .cloudevents:
            guard let value = record.value, let read = try? Self(envelope: value) else { return nil }
            self = read
        case .merge, .structured:
            let pointer = JSONPointer.root.then(mode == .merge ? field : "data")
            guard let value = record.value, case .other(let tag)? = try? pointer.find(in: value),
                let read = try? Self(envelope: Array(tag.utf8))
            else { return nil }
            self = read
        }
        guard label != nil || decision != nil else { return nil }
    }

    private init?(envelope: [UInt8]) throws(JSONFailure) {
        var reader = try JSONReader(envelope)
        guard reader.enterObject() else { return nil }
        while let member = try reader.nextMember() {
            if reader.isEqual(member, Self.scores) {
                scores = try Self.scores(&reader)
                continue
            }
            let name = [Self.label, Self.decision, Self.text].first { reader.isEqual(member, $0) }
            // Of members with one name the last is meant.
            let string = try reader.string()
            if string == nil { try reader.skipValue() }
            guard let name else { continue }
            let value = string.flatMap { reader.text($0) }
            switch name {
            case Self.label: label = value
            case Self.decision: decision = value
            default: text = value
            }
        }
        try reader.finish()
    }

    private static func scores(_ reader: inout JSONReader) throws(JSONFailure) -> [String: Float] {
        var scores: [String: Float] = [:]
        guard reader.enterArray() else {
            try reader.skipValue()
            return [:]
        }
        while try reader.nextElement() {
            guard reader.enterObject() else {
                try reader.skipValue()
                continue
            }
            var (label, score): (String?, Float?)
            while let member = try reader.nextMember() {
                if reader.isEqual(member, Self.label), let string = try reader.string() {
                    label = reader.text(string)
                } else {
                    let written = try reader.skipValue()
                    if reader.isEqual(member, Self.score) { score = Float(reader.written(written)) }
                }
            }
            if let label, let score, score.isFinite { scores[label] = score }
        }
        return scores
    }

    private static let label = Array("label".utf8)
    private static let decision = Array("decision".utf8)
    private static let scores = Array("scores".utf8)
    private static let score = Array("score".utf8)
    private static let text = Array("text".utf8)
}
