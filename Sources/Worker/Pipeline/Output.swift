// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import FoundationEssentials
import JSON
import Kafka
import Settings

/// Makes the tagged records, in the form that `output.mode` asks for. Pure.
struct Output: Sendable {
    /// Room for an envelope of three labels without its text.
    private static let envelopeBytes = 640

    let topic: String
    let mode: OutputMode
    /// The field that `merge` adds to a JSON object.
    let field: String
    let prefix: InputPrefix

    /// Tags a record, whose text is given, with what a model said of it.
    func callAsFunction(
        _ record: Record,
        _ text: String,
        _ prediction: Prediction,
        by model: ModelTag
    ) throws(Rejection) -> Message {
        switch mode {
        case .envelope:
            let value = envelope(record, prediction, model, text: text)
            return Message(record, to: topic, value: value, headers: record.headers)
        case .merge:
            let tag = envelope(record, prediction, model, text: nil)
            // What is no JSON, and what is JSON but no object, alike.
            guard let value = try? merged(tag, into: record.value ?? []) else {
                throw Rejection(.badJSON, in: .publish, "output.mode=merge needs a JSON object as value")
            }
            return Message(record, to: topic, value: value, headers: record.headers)
        case .headers:
            return Message(
                record,
                to: topic,
                value: record.value,
                headers: record.headers + tags(prediction, model, record)
            )
        case .cloudevents:
            let value = envelope(record, prediction, model, text: text)
            let attributes = attributes(of: record).map { Header("ce_" + $0.name, $0.value) }
            let headers = withoutEvent(record.headers) + attributes + [Header("content-type", "application/json")]
            return Message(record, to: topic, value: value, headers: headers)
        case .structured:
            let type = Header("content-type", "application/cloudevents+json; charset=UTF-8")
            let headers = withoutEvent(record.headers) + [type, Header(OwnHeaders.source, record.id)]
            return Message(record, to: topic, value: event(record, prediction, model, text), headers: headers)
        }
    }

    private func merged(_ tag: [UInt8], into value: [UInt8]) throws -> [UInt8]? {
        try MergedField(name: field, value: tag).merged(into: prefix.removed(from: value))
    }

    /// Sends a record on as it is.
    func untagged(_ record: Record) -> Message {
        Message(
            record,
            to: topic,
            value: record.value,
            headers: record.headers + [Header(OwnHeaders.source, record.id)]
        )
    }

    private func tags(_ prediction: Prediction, _ model: ModelTag, _ record: Record) -> [Header] {
        guard let best = prediction.ranking.first else { return [] }
        return [
            Header("sentiment.label", best.label),
            Header("sentiment.score", best.score),
            Header("sentiment.model", model.name),
            Header(OwnHeaders.source, record.id),
        ]
    }

    /// The headers that say nothing of the event that came in.
    private func withoutEvent(_ headers: [Header]) -> [Header] {
        headers.filter { header in
            let name = header.name.lowercased()
            return !name.hasPrefix("ce_") && name != "content-type"
        }
    }

    /// The attributes of a CloudEvent.
    private func attributes(of record: Record) -> [(name: String, value: String)] {
        let source = record.topicPartition
        var attributes = [
            ("specversion", "1.0"),
            ("type", "cloud4bert.sentiment.v1"),
            ("source", "/kafka/\(source.topic)/\(source.partition)"),
            ("id", record.id),
        ]
        if let milliseconds = record.timestamp?.milliseconds {
            // Half a millisecond more, since the format cuts off what a double leaves just below the millisecond.
            let time = Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000)
            attributes.append(("time", time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))))
        }
        return attributes
    }

    /// A CloudEvent in structured mode, with the envelope as its data.
    private func event(_ record: Record, _ prediction: Prediction, _ model: ModelTag, _ text: String) -> [UInt8] {
        var json = JSONWriter(capacity: Self.envelopeBytes + text.utf8.count)
        json.object { json in
            for (name, value) in attributes(of: record) { json.field(name, value) }
            json.field("datacontenttype", "application/json")
            json.name("data")
            write(to: &json, record, prediction, model, text: text)
        }
        return json.bytes
    }

    private func envelope(_ record: Record, _ prediction: Prediction, _ model: ModelTag, text: String?) -> [UInt8] {
        var json = JSONWriter(capacity: Self.envelopeBytes + (text?.utf8.count ?? 0))
        write(to: &json, record, prediction, model, text: text)
        return json.bytes
    }

    private func write(
        to json: inout JSONWriter,
        _ record: Record,
        _ prediction: Prediction,
        _ model: ModelTag,
        text: String?
    ) {
        let source = record.topicPartition
        json.object { json in
            json.field("id", record.id)
            if let best = prediction.ranking.first {
                json.field("label", best.label)
                json.field("score", best.score)
            }
            json.name("scores")
            json.scores(prediction.ranking)
            json.field("decision", prediction.label)
            json.field("tokens", prediction.tokens)
            json.field("truncated", prediction.isTruncated)
            json.name("model")
            json.object { json in
                json.field("name", model.name)
                json.field("sha256", model.digest)
                json.field("precision", model.precision)
            }
            json.name("source")
            json.object { json in
                json.field("topic", source.topic)
                json.field("partition", source.partition)
                json.field("offset", record.offset)
                json.name("timestamp_ms")
                if let time = record.timestamp { json.integer(time.milliseconds) } else { json.null() }
            }
            if let text {
                json.field("text", text)
            }
        }
    }
}

extension Output {
    /// Writes what the settings ask for.
    init(settings: Settings) {
        self.init(
            topic: settings[Settings.outputTopic],
            mode: settings[Settings.outputMode],
            field: settings[Settings.outputField],
            prefix: settings[Settings.inputPrefix]
        )
    }
}
