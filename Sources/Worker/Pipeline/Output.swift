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
    /// Where tagged records go in place of that, by decision and label.
    let routes: OutputRoutes
    let mode: OutputMode
    /// The field that `merge` adds to a JSON object.
    let field: String
    let prefix: InputPrefix
    /// What comes behind a record's id, where several models tag the same records.
    var idSuffix = ""

    /// Tags a record, whose text is given: the messages for all topics that it goes to.
    func callAsFunction(_ record: Record, _ text: String, _ tag: Tag) throws(Rejection) -> [Message] {
        let (value, headers) = try content(record, text, tag)
        let routed = routes.topics(decision: tag.decision, labels: tag.prediction?.holdingLabels ?? [])
        return (routed.isEmpty ? [topic] : routed).map { topic in
            let headers = headers.continuingTrace(of: record, to: topic)
            return Message(record, to: topic, value: value, headers: headers)
        }
    }

    private func content(
        _ record: Record,
        _ text: String,
        _ tag: Tag
    ) throws(Rejection) -> (value: [UInt8]?, headers: [Header]) {
        switch mode {
        case .envelope:
            return (envelope(record, tag, text: text), record.headers)
        case .merge:
            // What is no JSON, and what is JSON but no object, alike.
            guard let value = try? merged(envelope(record, tag, text: nil), into: record.value ?? []) else {
                throw Rejection(.badJSON, in: .publish, "output.mode=merge needs a JSON object as value")
            }
            return (value, record.headers)
        case .headers:
            return (record.value, record.headers + headers(tag, record))
        case .cloudevents:
            let attributes = attributes(of: record).map { Header("ce_" + $0.name, $0.value) }
            let headers = withoutEvent(record.headers) + attributes + [Header("content-type", "application/json")]
            return (envelope(record, tag, text: text), headers)
        case .structured:
            let type = Header("content-type", "application/cloudevents+json; charset=UTF-8")
            let headers = withoutEvent(record.headers) + [type, Header(OwnHeaders.source, record.id)]
            return (event(record, tag, text), headers)
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

    private func headers(_ tag: Tag, _ record: Record) -> [Header] {
        let best = tag.prediction?.ranking.first.map {
            [Header("sentiment.label", $0.label), Header("sentiment.score", $0.score)]
        }
        let labels = tag.prediction?.labels.map { labels in
            var json = JSONWriter()
            json.strings(labels)
            return [Header(name: "sentiment.labels", value: json.bytes)]
        }
        let more = tag.prediction?.more.flatMap(headers) ?? []
        return (best ?? []) + (labels ?? []) + more + [
            Header("sentiment.decision", tag.decision),
            Header("sentiment.model", tag.model.name),
            Header(OwnHeaders.source, record.id),
        ]
    }

    /// What a classifier beside the main one says.
    private func headers(_ more: MorePrediction) -> [Header] {
        let prefix = OwnHeaders.morePrefix + more.name
        switch more.outcome {
        case .unscored: return [Header(prefix + ".reason", Unscored.vocabulary.rawValue)]
        case .failed(let rejection): return [Header(prefix + ".error", rejection.reason.rawValue)]
        case .scored(let prediction):
            let best = prediction.ranking.first.map {
                [Header(prefix + ".label", $0.label), Header(prefix + ".score", $0.score)]
            }
            let labels = prediction.labels.map { labels in
                var json = JSONWriter()
                json.strings(labels)
                return [Header(name: prefix + ".labels", value: json.bytes)]
            }
            return (best ?? []) + (labels ?? [])
        }
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
        let source =
            record.isLine
            ? URL(filePath: record.topic).absoluteString : "/kafka/\(record.topic)/\(record.partition)"
        var attributes = [
            ("specversion", "1.0"),
            ("type", "cloud4bert.sentiment.v1"),
            ("source", source),
            ("id", record.id + idSuffix),
        ]
        if let milliseconds = record.timestamp?.milliseconds {
            // Half a millisecond more, since the format cuts off what a double leaves just below the millisecond.
            let time = Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000)
            attributes.append(("time", time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))))
        }
        return attributes
    }

    /// A CloudEvent in structured mode, with the envelope as its data.
    private func event(_ record: Record, _ tag: Tag, _ text: String) -> [UInt8] {
        var json = JSONWriter(capacity: Self.envelopeBytes + text.utf8.count)
        json.object { json in
            for (name, value) in attributes(of: record) { json.field(name, value) }
            json.field("datacontenttype", "application/json")
            json.name("data")
            write(to: &json, record, tag, text: text)
        }
        return json.bytes
    }

    private func envelope(_ record: Record, _ tag: Tag, text: String?) -> [UInt8] {
        var json = JSONWriter(capacity: Self.envelopeBytes + (text?.utf8.count ?? 0))
        write(to: &json, record, tag, text: text)
        return json.bytes
    }

    private func write(to json: inout JSONWriter, _ record: Record, _ tag: Tag, text: String?) {
        let (model, source) = (tag.model, record.topicPartition)
        json.object { json in
            json.field("id", record.id + idSuffix)
            json.best(of: tag.prediction?.ranking ?? [])
            if let labels = tag.prediction?.labels {
                json.name("labels")
                json.strings(labels)
            }
            json.field("decision", tag.decision)
            if let reason = tag.reason { json.field("reason", reason) }
            if let prediction = tag.prediction { json.measures(of: prediction) }
            json.field("tokens", tag.tokens)
            json.field("truncated", tag.isTruncated)
            if let prediction = tag.prediction { json.places(of: prediction) }
            if let words = tag.prediction?.words {
                json.name("words")
                json.words(words, of: text)
            }
            if let more = tag.prediction?.more, !more.isEmpty {
                json.name("more")
                json.more(more)
            }
            json.model(model, tag.prediction)
            json.name("source")
            json.object { json in
                guard !record.isLine else {
                    json.field("file", source.topic)
                    return json.field("line", record.offset)
                }
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

extension JSONWriter {
    /// What classifiers beside the main one say, by their names.
    mutating func more(_ predictions: [MorePrediction]) {
        object { json in
            for more in predictions {
                json.name(more.name)
                json.object { json in json.write(more) }
            }
        }
    }

    private mutating func write(_ more: MorePrediction) {
        best(of: more.prediction?.ranking ?? [])
        switch more.outcome {
        case .unscored: field("reason", Unscored.vocabulary.rawValue)
        case .failed(let rejection):
            field("error", rejection.reason.rawValue)
            field("message", rejection.message)
        case .scored(let prediction):
            if let labels = prediction.labels {
                name("labels")
                strings(labels)
            }
            field("tokens", prediction.tokens)
            field("truncated", prediction.isTruncated)
        }
        model(more.model, more.prediction)
    }

    /// What says something, and how far a text went in it where it may leave early.
    fileprivate mutating func model(_ model: ModelTag, _ prediction: Prediction?) {
        name("model")
        object { json in
            json.field("name", model.name)
            json.field("sha256", model.digest)
            json.field("precision", model.precision)
            if model.leavesEarly, let prediction { json.field("layers", prediction.layers) }
        }
    }

    /// The best label with its score, and all of them; null where there is none.
    fileprivate mutating func best(of ranking: [LabelScore]) {
        if let best = ranking.first {
            field("label", best.label)
            field("score", best.score)
        } else {
            for name in ["label", "score"] {
                self.name(name)
                null()
            }
        }
        name("scores")
        scores(ranking)
    }

    fileprivate mutating func strings(_ strings: [String]) {
        array { json in strings.forEach { json.string($0) } }
    }

    /// How sure the model is, and how strong the sentiment.
    fileprivate mutating func measures(of prediction: Prediction) {
        if let uncertainty = prediction.uncertainty {
            field("margin", uncertainty.margin)
            field("entropy", uncertainty.entropy)
        }
        if let intensity = prediction.intensity {
            field("polarity", intensity.polarity)
            field("intensity", intensity.step.rawValue)
        }
    }

    /// What the model says of texts by themselves, and of windows.
    fileprivate mutating func places(of prediction: Prediction) {
        if !prediction.parts.isEmpty {
            name("counts")
            counts(of: prediction.parts)
            name("parts")
            array { json in prediction.parts.forEach { json.part($0) } }
        }
        if !prediction.windows.isEmpty {
            name("windows")
            array { json in prediction.windows.forEach { json.window($0) } }
        }
    }

    /// How many of several texts have each label.
    fileprivate mutating func counts(of parts: [PartPrediction]) {
        let labels = parts.flatMap { $0.labels ?? $0.ranking.prefix(1).map(\.label) }
        object { json in
            for label in parts[0].ranking.map(\.label).sorted() {
                json.field(label, labels.count { $0 == label })
            }
        }
    }

    fileprivate mutating func part(_ part: PartPrediction) {
        object { json in
            if let pointer = part.pointer { json.field("pointer", pointer) }
            json.field("start", part.place.lowerBound)
            json.field("end", part.place.upperBound)
            json.name("scores")
            json.scores(part.ranking)
            if let labels = part.labels {
                json.name("labels")
                json.strings(labels)
            }
        }
    }

    fileprivate mutating func window(_ window: WindowPrediction) {
        object { json in
            json.field("start", window.place.lowerBound)
            json.field("end", window.place.upperBound)
            json.field("tokens", window.tokens)
            json.name("scores")
            json.scores(window.ranking)
        }
    }
}

extension Output {
    /// Writes what the settings ask for.
    init(settings: Settings) {
        self.init(
            topic: settings[Settings.outputTopic],
            routes: settings[Settings.outputRoutes],
            mode: settings[Settings.outputMode],
            field: settings[Settings.outputField],
            prefix: settings[Settings.inputPrefix]
        )
    }
}
