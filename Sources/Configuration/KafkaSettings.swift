// SPDX-License-Identifier: Apache-2.0
package import HTTP
import Kafka
package import Settings

/// The settings that go to librdkafka as they are.
package enum KafkaSettings {
    static let prefix = "kafka."

    static let keys = ForeignKeys(prefix: prefix, isSecret: isSecret, instead: owned)

    static func isKey(_ key: String) -> Bool { key.hasPrefix(prefix) && key.count > prefix.count }

    /// What to do instead of setting a property that delivery depends on; nil if it may be set.
    @Sendable static func owned(_ key: String) -> String? {
        guard isKey(key) else { return nil }
        switch name(of: key) {
        case "bootstrap.servers", "metadata.broker.list": return "use bootstrap.servers"
        case "group.id": return "use group.id"
        case "enable.auto.commit", "enable.auto.offset.store", "auto.commit.interval.ms": return "use commit.interval"
        case "transactional.id": return "use transactional.id.prefix"
        case "enable.idempotence": return "use delivery.guarantee"
        case "enable.partition.eof": return "it is always on"
        default: return nil
        }
    }

    /// The client that a key is for; nil where it is for both.
    static func role(of key: String) -> Librdkafka.Role? {
        Librdkafka.Role.allCases.first { key.hasPrefix("\(prefix)\($0).") }
    }

    /// The name of a key's property.
    static func name(of key: String) -> String {
        let name = key.dropFirst(prefix.count)
        return String(role(of: key).map { name.dropFirst("\($0).".count) } ?? name)
    }

    /// Whether a key's value must not be seen.
    @Sendable static func isSecret(_ key: String) -> Bool {
        isKey(key) && Librdkafka.isSecret(String(key.dropFirst(prefix.count)))
    }
}

extension Settings {
    /// The consumer's properties. Offsets are committed by hand, after acknowledgement; a group without offsets starts
    /// at the beginning, since to start at the end would pass records over in silence. New partitions are looked for
    /// often enough that their first records do not wait for minutes. What librdkafka fetches ahead is bounded more
    /// tightly than by itself: it only has to cover the time of a round trip.
    package var consumerProperties: [String: String] { consumerProperties(kilobytesAhead: 16_384) }

    /// The same where topics are read as fast as they come: librdkafka leaves a queue that is full, by bytes or by records of one
    /// partition, alone for half a second.
    package var scanProperties: [String: String] {
        consumerProperties(kilobytesAhead: 131_072).merging(["queued.min.messages": "1000000"]) { set, _ in set }
    }

    private func consumerProperties(kilobytesAhead: Int) -> [String: String] {
        properties(
            role: .consumer,
            defaults: [
                "auto.offset.reset": "earliest",
                "partition.assignment.strategy": "cooperative-sticky",
                "isolation.level": "read_committed",
                "topic.metadata.refresh.interval.ms": "30000",
                "queued.max.messages.kbytes": "\(kilobytesAhead)",
                "fetch.max.bytes": "\(Self.fetchBytes)",
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
    package var producerProperties: [String: String] {
        properties(
            role: .producer,
            defaults: ["linger.ms": Self.linger, "message.timeout.ms": "0", "message.max.bytes": "104857600"],
            own: ["enable.idempotence": "true"]
        )
    }

    /// The properties of a producer that works in transactions. A record that is not delivered in the time of its
    /// transaction times out with it, and goes out again in the next.
    package func transactionalProperties(id: String) -> [String: String] {
        properties(
            role: .producer,
            defaults: [
                "linger.ms": Self.linger,
                "message.max.bytes": "104857600",
                "transaction.timeout.ms": "\(Self.standardTransactionTimeout)",
                // A request that got no answer in this time is retried while the transaction still has some.
                "socket.timeout.ms": "10000",
            ].merging(Self.keepingBrokers) { $1 },
            own: ["enable.idempotence": "true", "transactional.id": id]
        )
    }

    /// Newer versions of librdkafka forget all brokers when none of them is there, with what they know of the group's coordinator;
    /// offsets that a transaction sends then wait for that broker for ever, whatever their timeout is. Older ones keep them.
    private static let keepingBrokers: [String: String] = {
        let kept = ["metadata.recovery.strategy": "none"]
        return Librdkafka.problems(in: kept).isEmpty ? kept : [:]
    }()

    /// `transaction.timeout.ms`, after which the coordinator aborts what a dead worker left open. The default is such
    /// that this is over when the group gives that worker's partitions away, after `session.timeout.ms`: who gets them
    /// would have to wait for it.
    package var transactionTimeout: Duration {
        let text = transactionalProperties(id: "")["transaction.timeout.ms"]
        return .milliseconds(text.flatMap { Int($0) } ?? Self.standardTransactionTimeout)
    }

    static var standardTransactionTimeout: Int { 30_000 }

    /// `session.timeout.ms` of the consumer.
    package var sessionTimeout: Int {
        consumerProperties["session.timeout.ms"].flatMap { Int($0) } ?? Self.sessionTimeout
    }

    /// `max.poll.interval.ms` of the consumer.
    package var maxPollInterval: Int {
        consumerProperties["max.poll.interval.ms"].flatMap { Int($0) } ?? Self.pollInterval
    }

    // librdkafka's defaults.
    static var sessionTimeout: Int { 45_000 }
    static var pollInterval: Int { 300_000 }

    /// `fetch.max.bytes` unless said otherwise.
    static var fetchBytes: Int { 16_777_216 }

    /// How long librdkafka waits, in milliseconds, before it sends: as long as it takes to hand it the results of a batch.
    /// Without that its thread would start on the first of them, with a request for nearly each one.
    private static var linger: String { "0.3" }

    /// The `transactional.id` of a consumer worker. A worker that was restarted has the name of its predecessor, and so ends what
    /// that left open at once; two that run at the same time differ, for they cannot have one HTTP port on one host, or
    /// one `group.instance.id` in a group.
    package func transactionalID(worker: some CustomStringConvertible, host: String, http: HostPort) -> String {
        let prefix = self[Settings.transactionalIDPrefix]
        let instance = consumerProperties["group.instance.id"] ?? "\(host)-\(http)"
        return "\(prefix.isEmpty ? self[Settings.groupID] : prefix)-\(instance)-\(worker)"
    }

    /// What was set for a client of this role. Of two names of one property, the one set for the role alone counts.
    func givenProperties(_ role: Librdkafka.Role) -> [String: String] {
        var properties: [String: String] = [:]
        for prefix in [KafkaSettings.prefix, KafkaSettings.prefix + "\(role)."] {
            for key in given.keys.sorted() where KafkaSettings.isKey(key) {
                let hasRole = KafkaSettings.role(of: key) != nil
                guard key.hasPrefix(prefix), hasRole == (prefix != KafkaSettings.prefix) else { continue }
                let name = KafkaSettings.name(of: key)
                // It would hide the topics that are written to.
                if role == .producer, name == Self.blacklist { continue }
                properties.replace(name, by: given[key]?.text ?? "")
            }
        }
        return properties
    }

    private func properties(
        role: Librdkafka.Role,
        defaults: [String: String],
        own: [String: String]
    ) -> [String: String] {
        // Nagle's algorithm would have a small request wait while the one before it is not acknowledged.
        var properties = defaults.merging(["socket.nagle.disable": "true", "client.id": "cloud4bert"]) { $1 }
        let prefix = KafkaSettings.prefix + "\(role)."
        for (key, value) in derived where key.hasPrefix(prefix) { properties[KafkaSettings.name(of: key)] = value.text }
        for (name, value) in givenProperties(role) { properties.replace(name, by: value) }
        properties["bootstrap.servers"] = self[Settings.bootstrapServers].joined(separator: ",")
        return properties.merging(own) { $1 }
    }
}

extension [String: String] {
    /// Sets a property of librdkafka, under whatever name it was there before.
    fileprivate mutating func replace(_ name: String, by value: String) {
        let canonical = Librdkafka.properties[name]?.canonicalName
        for other in keys where canonical != nil && Librdkafka.properties[other]?.canonicalName == canonical {
            self[other] = nil
        }
        self[name] = value
    }
}
