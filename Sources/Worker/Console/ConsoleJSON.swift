// SPDX-License-Identifier: Apache-2.0
import Configuration
import JSON
import Kafka

/// Writes the console's events.
struct ConsoleJSON {
    /// In the order that points have them.
    let labels: [String]
    private var json = JSONWriter(capacity: 4_096)

    init(labels: [String]) { self.labels = labels }

    var bytes: [UInt8] { json.bytes }

    /// All that a client needs to begin.
    mutating func start(
        _ about: ConsoleAbout,
        _ now: ConsoleStatus,
        _ points: [ConsoleHistory.Point],
        _ records: [RecordSample.Shown]
    ) {
        json.object { json in
            json.name("about")
            json.about(about)
            json.name("labels")
            json.array { json in labels.forEach { json.string($0) } }
            json.name("now")
            json.status(now)
            json.name("points")
            json.array { json in points.forEach { json.point($0, labels) } }
            json.name("records")
            json.records(records)
            json.field("seen", records.count)
        }
    }

    /// What is new since the last second.
    mutating func tick(
        _ now: ConsoleStatus,
        _ point: ConsoleHistory.Point?,
        _ records: [RecordSample.Shown],
        _ seen: Int
    ) {
        json.object { json in
            json.name("now")
            json.status(now)
            json.name("points")
            json.array { json in if let point { json.point(point, labels) } }
            json.name("records")
            json.records(records)
            json.field("seen", seen)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func about(_ about: ConsoleAbout) {
        object { json in
            json.field("model", about.model.name)
            json.field("sha256", about.model.digest)
            json.field("precision", about.model.precision)
            json.field("version", Version.number)
            json.field("librdkafka", Librdkafka.version)
            json.field("instructionSet", about.build.instructionSet)
            json.field("encoders", about.encoders)
            json.field("address", "\(about.address)")
            json.field("canTry", about.canTry)
            json.field("showsText", about.showsText)
            json.field("hasDrift", about.hasDrift)
            json.name("settings")
            json.array { json in
                for setting in about.settings {
                    json.array { json in
                        for text in [setting.key, setting.text, setting.source] { json.string(text) }
                    }
                }
            }
        }
    }

    fileprivate mutating func status(_ now: ConsoleStatus) {
        object { json in
            json.name("unreadiness")
            if let reason = now.unreadiness { json.string(reason) } else { json.null() }
            json.field("paused", now.isPaused)
            json.field("consumed", now.sum(\.counts.consumed))
            json.field("ended", now.sum(\.counts.ended))
            json.field("inFlight", now.sum(\.inFlightRecords))
            json.field("lag", now.forecast.records)
            json.optional("lagSeconds", now.progress.joined().compactMap(\.lagSeconds).max())
            json.optional("trend", now.forecast.recordsPerSecond)
            json.optional("caughtUpIn", now.forecast.seconds)
            json.field("cacheHits", now.cache.hits)
            json.field("cacheMisses", now.cache.misses)
            json.field("tokens", now.tokens)
            json.optional("residentBytes", now.residentBytes.map(Double.init))
            json.counts("labels", now.counts(\.tagged))
            json.counts("decisions", now.counts(\.decided).byName)
            json.counts("unscored", now.counts(\.unscored).byName)
            json.counts("deadLetters", now.counts(\.deadLettered).byName)
            json.counts("skipped", now.counts(\.skipped).byName)
            json.name("drift")
            if let drift = now.drift {
                json.array { json in
                    json.optional(drift.labels)
                    json.optional(drift.confidence)
                }
            } else {
                json.null()
            }
            json.name("partitions")
            json.array { json in
                for (index, progress) in now.progress.enumerated() {
                    for entry in progress { json.partition(entry, consumer: index) }
                }
            }
        }
    }

    private mutating func partition(_ entry: PartitionProgress, consumer: Int) {
        object { json in
            json.field("topic", entry.partition.topic)
            json.field("partition", entry.partition.partition)
            json.field("consumer", consumer)
            json.field("committed", entry.committed.offset)
            json.optional("end", entry.end.map(Double.init))
            json.optional("lag", entry.lag.map(Double.init))
            json.optional("lagSeconds", entry.lagSeconds)
        }
    }

    /// As an array, since there are hundreds: records a second, lag, p50, p99, fill, and the labels' counts.
    fileprivate mutating func point(_ point: ConsoleHistory.Point, _ labels: [String]) {
        array { json in
            json.optional((point.rate * 10).rounded() / 10)
            json.integer(point.lag)
            for value in [point.p50, point.p99, point.fill] {
                json.optional(value.map { ($0 * 10_000).rounded() / 10_000 })
            }
            for label in labels { json.integer(point.labels[label] ?? 0) }
        }
    }

    fileprivate mutating func records(_ records: [RecordSample.Shown]) {
        array { json in
            for record in records {
                json.object { json in
                    json.field("id", record.id)
                    json.field("label", record.label)
                    json.name("score")
                    json.optional(Double(record.score))
                    json.field("decision", record.decision)
                    if let text = record.text { json.field("text", text) }
                }
            }
        }
    }

    private mutating func counts(_ name: String, _ counts: [String: Int]) {
        self.name(name)
        object { json in
            for (key, count) in counts.sorted(by: { $0.key < $1.key }) { json.field(key, count) }
        }
    }

    private mutating func optional(_ name: String, _ value: Double?) {
        self.name(name)
        optional(value)
    }

    /// JSON has no word for what is not finite; the console shows neither.
    private mutating func optional(_ value: Double?) {
        if let value, value.isFinite { number(value) } else { null() }
    }
}

extension Dictionary where Key: RawRepresentable<String>, Value == Int {
    fileprivate var byName: [String: Int] {
        Dictionary<String, Int>(uniqueKeysWithValues: map { ($0.key.rawValue, $0.value) })
    }
}
