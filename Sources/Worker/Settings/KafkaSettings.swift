// SPDX-License-Identifier: Apache-2.0
import Kafka

/// The settings that go to librdkafka as they are.
enum KafkaSettings {
    static let prefix = "kafka."

    static func isKey(_ key: String) -> Bool { key.hasPrefix(prefix) && key.count > prefix.count }

    /// What to do instead of setting a property that delivery depends on; nil if it may be set.
    static func owned(_ key: String) -> String? {
        guard isKey(key) else { return nil }
        var name = key.dropFirst(prefix.count)
        for role in ["consumer.", "producer."] where name.hasPrefix(role) { name = name.dropFirst(role.count) }
        switch name {
        case "bootstrap.servers", "metadata.broker.list": return "use bootstrap.servers"
        case "group.id": return "use group.id"
        case "enable.auto.commit", "enable.auto.offset.store", "auto.commit.interval.ms": return "use commit.interval"
        case "transactional.id": return "use transactional.id.prefix"
        case "enable.idempotence": return "use delivery.guarantee"
        case "enable.partition.eof": return "it is always on"
        default: return nil
        }
    }

    /// Whether a key's value must not be seen.
    static func isSecret(_ key: String) -> Bool {
        isKey(key) && Librdkafka.isSecret(String(key.dropFirst(prefix.count)))
    }
}

extension Settings {
    /// The consumer's properties. Offsets are committed by hand, after acknowledgement; a group without offsets starts
    /// at the beginning, since to start at the end would pass records over in silence. New partitions are looked for
    /// often enough that their first records do not wait for minutes. What librdkafka fetches ahead is bounded more
    /// tightly than by itself: it only has to cover the time of a round trip.
    var consumerProperties: [String: String] {
        properties(
            role: "consumer.",
            defaults: [
                "auto.offset.reset": "earliest",
                "partition.assignment.strategy": "cooperative-sticky",
                "isolation.level": "read_committed",
                "topic.metadata.refresh.interval.ms": "30000",
                "queued.max.messages.kbytes": "16384",
                "fetch.max.bytes": "16777216",
            ],
            own: [
                "group.id": self[Settings.groupID],
                "enable.auto.commit": "false",
                "enable.auto.offset.store": "false",
                "enable.partition.eof": "true",
            ]
        )
    }

    /// The producer's properties. Idempotence keeps the order through retries; a record never times out, so that an
    /// outage is waited out; and how large a record may be is left to the topic, or a dead letter could not be written that
    /// came in through a topic with a higher limit.
    var producerProperties: [String: String] {
        properties(
            role: "producer.",
            defaults: ["linger.ms": Self.linger, "message.timeout.ms": "0", "message.max.bytes": "104857600"],
            own: ["enable.idempotence": "true"]
        )
    }

    /// The properties of a producer that works in transactions. A record that is not delivered in the time of its
    /// transaction times out with it, and goes out again in the next.
    func transactionalProperties(id: String) -> [String: String] {
        properties(
            role: "producer.",
            defaults: [
                "linger.ms": Self.linger,
                "message.max.bytes": "104857600",
                "transaction.timeout.ms": "\(Self.standardTransactionTimeout)",
                // A request that got no answer in this time is asked again while the transaction still has some.
                "socket.timeout.ms": "10000",
            ],
            own: ["enable.idempotence": "true", "transactional.id": id]
        )
    }

    /// `transaction.timeout.ms`, after which the coordinator aborts what a dead worker left open. The default is such
    /// that this is over when the group gives that worker's partitions away, after `session.timeout.ms`: who gets them
    /// would have to wait for it.
    var transactionTimeout: Duration {
        let text = transactionalProperties(id: "")["transaction.timeout.ms"]
        return .milliseconds(text.flatMap { Int($0) } ?? Self.standardTransactionTimeout)
    }

    private static var standardTransactionTimeout: Int { 30_000 }

    /// How long librdkafka waits, in milliseconds, before it sends: as long as it takes to hand it the results of a batch.
    /// Without that its thread would start on the first of them, with a request for nearly each one.
    private static var linger: String { "0.3" }

    /// The `transactional.id` of a lane. A worker that was restarted has the name of its predecessor, and so ends what
    /// that left open at once; two that run at the same time differ, for they cannot have one HTTP port on one host, or
    /// one `group.instance.id` in a group.
    func transactionalID(lane: Int, host: String, http: HostPort) -> String {
        let prefix = self[Settings.transactionalIDPrefix]
        let instance = consumerProperties["group.instance.id"] ?? "\(host)-\(http)"
        return "\(prefix.isEmpty ? self[Settings.groupID] : prefix)-\(instance)-\(lane)"
    }

    private func properties(role: String, defaults: [String: String], own: [String: String]) -> [String: String] {
        // Nagle's algorithm would have a small request wait while the one before it is not acknowledged.
        var properties = defaults.merging(["socket.nagle.disable": "true"]) { $1 }
        let keys = given.keys.filter { KafkaSettings.isKey($0) }
        func take(_ prefix: String, unless others: [String]) {
            for key in keys where key.hasPrefix(prefix) && !others.contains(where: { key.hasPrefix($0) }) {
                properties[String(key.dropFirst(prefix.count))] = given[key]?.text
            }
        }
        take(KafkaSettings.prefix, unless: ["kafka.consumer.", "kafka.producer."])
        take(KafkaSettings.prefix + role, unless: [])
        properties["bootstrap.servers"] = self[Settings.bootstrapServers].joined(separator: ",")
        properties["client.id"] = properties["client.id"] ?? "cloud4bert"
        // Nothing can be sent to a topic that is hidden, and what is to be hidden is what is read.
        if role == "producer." { properties[Self.blacklist] = nil }
        return properties.merging(own) { $1 }
    }
}
