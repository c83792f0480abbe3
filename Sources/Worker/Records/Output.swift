// SPDX-License-Identifier: Apache-2.0
public import Bert
import Configuration
import FoundationEssentials
public import JSON
import Kafka

/// Makes the tagged records, in the form that `output.mode` asks for. Pure.
struct Output: Sendable {
    /// Room for an envelope of three labels without its text.
    private static let envelopeBytes = 640

    let topic: String
    let mode: OutputMode
    /// The field that `merge` adds to a JSON object.
    let field: String
    let model: ModelTag

    /// Tags a record.
    func callAsFunction(_ event: Event, _ verdict: Verdict) throws(Rejection) -> Message {
        let record = event.record
        switch mode {
        case .envelope:
            let value = envelope(event, verdict, text: event.text)
            return Message(record, to: topic, value: value, headers: record.headers)
        case .merge:
            let tag = envelope(event, verdict, text: nil)
            // What is no JSON, and what is JSON but no object, alike.
            guard let value = try? MergedField(name: field, value: tag).merged(into: record.value ?? []) else {
                throw Rejection(.badJSON, in: .publish, "output.mode=merge needs a JSON object as value")
            }
            return Message(record, to: topic, value: value, headers: record.headers)
        case .headers:
            return Message(record, to: topic, value: record.value, headers: record.headers + tags(verdict, record))
        case .cloudevents:
            let value = envelope(event, verdict, text: event.text)
            return Message(record, to: topic, value: value, headers: cloudEventHeaders(record))
        }
    }

    /// Sends a null value on under its key.
    func tombstone(_ record: Record) -> Message {
        Message(record, to: topic, value: nil, headers: record.headers + [Header(OwnHeaders.source, record.id)])
    }

    private func tags(_ verdict: Verdict, _ record: Record) -> [Header] {
        guard let best = verdict.ranking.first else { return [] }
        return [
            Header("sentiment.label", best.label),
            Header("sentiment.score", best.score),
            Header("sentiment.model", model.name),
            Header(OwnHeaders.source, record.id),
        ]
    }

    /// The attributes of a CloudEvent in binary mode, in place of those of the event that came in.
    private func cloudEventHeaders(_ record: Record) -> [Header] {
        let source = record.topicPartition
        let own = record.headers.filter { header in
            let name = header.name.lowercased()
            return !name.hasPrefix("ce_") && name != "content-type"
        }
        var attributes = [
            Header("ce_specversion", "1.0"),
            Header("ce_type", "cloud4bert.sentiment.v1"),
            Header("ce_source", "/kafka/\(source.topic)/\(source.partition)"),
            Header("ce_id", record.id),
        ]
        if let milliseconds = record.timestamp?.milliseconds {
            // Half a millisecond more, since the format cuts off what a double leaves just below the millisecond.
            let time = Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000)
            attributes.append(
                Header("ce_time", time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            )
        }
        return own + attributes + [Header("content-type", "application/json")]
    }

    private func envelope(_ event: Event, _ verdict: Verdict, text: String?) -> [UInt8] {
        let source = event.record.topicPartition
        var json = JSONWriter(capacity: Self.envelopeBytes + (text?.utf8.count ?? 0))
        json.object { json in
            json.name("id")
            json.string(event.record.id)
            if let best = verdict.ranking.first {
                json.name("label")
                json.string(best.label)
                json.name("score")
                json.number(best.score)
            }
            json.name("scores")
            json.scores(verdict.ranking)
            json.name("decision")
            json.string(verdict.ranking.first?.label ?? "")
            json.name("tokens")
            json.integer(verdict.tokens)
            json.name("truncated")
            json.boolean(verdict.isTruncated)
            json.name("model")
            json.object { json in
                json.name("name")
                json.string(model.name)
                json.name("sha256")
                json.string(model.digest)
                json.name("precision")
                json.string(model.precision)
            }
            json.name("source")
            json.object { json in
                json.name("topic")
                json.string(source.topic)
                json.name("partition")
                json.integer(source.partition)
                json.name("offset")
                json.integer(event.record.offset)
                json.name("timestamp_ms")
                if let time = event.record.timestamp { json.integer(time.milliseconds) } else { json.null() }
            }
            if let text {
                json.name("text")
                json.string(text)
            }
        }
        return json.bytes
    }
}

/// Which model tagged a record.
struct ModelTag: Sendable {
    let name: String
    let digest: String
    let precision: String
}

extension JSONWriter {
    /// Writes labels and scores as Hugging Face's pipelines do: `[{"label": …, "score": …}, …]`.
    public mutating func scores(_ ranking: some Sequence<LabelScore>) {
        array { json in
            for entry in ranking {
                json.object { json in
                    json.name("label")
                    json.string(entry.label)
                    json.name("score")
                    json.number(entry.score)
                }
            }
        }
    }
}
