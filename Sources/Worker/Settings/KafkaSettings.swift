// SPDX-License-Identifier: Apache-2.0

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
        case "transactional.id", "enable.idempotence": return "use delivery.guarantee"
        default: return nil
        }
    }

    /// Whether a key's value must not be seen.
    static func isSecret(_ key: String) -> Bool {
        let marks = ["password", "secret", "token", "jaas", "oauthbearer.config", "key.pem"]
        return isKey(key) && !key.hasSuffix("token.endpoint.url") && marks.contains { key.contains($0) }
    }
}

extension Settings {
    /// The consumer's properties. Offsets are committed by hand, after acknowledgement; a group without offsets starts
    /// at the beginning, since to start at the end would pass records over in silence.
    var consumerProperties: [String: String] {
        properties(
            role: "consumer.",
            defaults: [
                "auto.offset.reset": "earliest",
                "partition.assignment.strategy": "cooperative-sticky",
                "isolation.level": "read_committed",
            ],
            own: [
                "group.id": self[Settings.groupID],
                "enable.auto.commit": "false",
                "enable.auto.offset.store": "false",
            ]
        )
    }

    /// The producer's properties. Idempotence keeps the order through retries; a record never times out, so that an
    /// outage is waited out; nothing lingers, since under load requests fill up by themselves; and how large a record may
    /// be is left to the topic, or a dead letter could not be written that came in through a topic with a higher limit.
    var producerProperties: [String: String] {
        properties(
            role: "producer.",
            defaults: ["linger.ms": "0", "message.timeout.ms": "0", "message.max.bytes": "104857600"],
            own: ["enable.idempotence": "true"]
        )
    }

    private func properties(role: String, defaults: [String: String], own: [String: String]) -> [String: String] {
        var properties = defaults
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
        return properties.merging(own) { $1 }
    }
}
