// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// What can be asked of the C library without a client.
public enum Librdkafka {
    /// Receives a log line of librdkafka, on a thread of librdkafka: return soon, and do not call the client.
    /// The level is syslog's, 0 (emergency) to 7 (debug).
    public typealias LogHandler = @Sendable (_ level: Int, _ facility: String, _ message: String) -> Void

    /// Receives a client's statistics, JSON in UTF-8 as librdkafka's STATISTICS.md has it, every `statistics.interval.ms`. Runs
    /// inside the client's poll, on its thread.
    public typealias StatisticsHandler = @Sendable (_ json: [UInt8]) -> Void

    /// What a client does.
    public enum Role: String, Sendable, CaseIterable {
        case consumer, producer

        var type: rd_kafka_type_t { self == .consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER }
    }

    /// The version that is linked, such as `2.0.2`.
    public static var version: String { String(cString: rd_kafka_version_str()) }

    /// All settings that librdkafka refuses, each with its reason, ordered by name. Starts no client, so that a wrong
    /// combination of settings, each good by itself, shows only when one is made.
    public static func problems(in settings: [String: String]) -> [KafkaError] {
        let configuration = Configuration()
        return settings.sorted { $0.key < $1.key }.compactMap { configuration.set($0.key, to: $0.value) }
    }

    /// Whether a setting's value must not be seen.
    public static func isSecret(_ name: String) -> Bool {
        let marks = ["password", "secret", "token", "jaas", "oauthbearer.config", "key.pem"]
        return marks.contains { name.contains($0) } && !name.hasSuffix("token.endpoint.url")
    }
}
