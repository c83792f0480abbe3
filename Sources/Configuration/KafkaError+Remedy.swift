// SPDX-License-Identifier: Apache-2.0
package import Kafka
package import Settings
import Threading

extension KafkaError {
    /// What to set, or to grant, so that this does not happen again; nil where there is nothing to say.
    ///
    /// - Parameters:
    ///   - principal: who the brokers take us for.
    ///   - group: the consumer group that is worked with.
    package func remedy(for principal: String, group: String) -> String? {
        switch kind {
        case .authorisation: "let \(principal) \(missingRight(group: group))"
        case .authentication, .brokerUnavailable: connectionRemedy
        case .other where isLackOfThreads: ThreadLimit.remedy
        default: nil
        }
    }

    /// The operation and the resource, as Kafka's access control lists call them.
    private func missingRight(group: String) -> String {
        switch name {
        case "TRANSACTIONAL_ID_AUTHORIZATION_FAILED": "Write and Describe the transactional id named here"
        case "GROUP_AUTHORIZATION_FAILED": "Read the group \(group)"
        case "CLUSTER_AUTHORIZATION_FAILED": "IdempotentWrite on the cluster, or Write the topics of the output"
        case "TOPIC_AUTHORIZATION_FAILED":
            if operation.hasPrefix("metadata") {
                "Read the topic named here if it is read, and Write it if it is written to; either lets it be seen, too"
            } else if operation.hasPrefix("read") || operation.hasPrefix("query") || operation.hasPrefix("commit") {
                "Read the topic named here"
            } else {
                "Write the topic named here"
            }
        default: "do what was refused"
        }
    }

    /// librdkafka tells these apart in its words alone.
    private var connectionRemedy: String? {
        let reason = reason.lowercased()
        func says(_ words: String...) -> Bool { words.contains { reason.contains($0) } }
        if says("plaintext broker listener", "wrong version number", "record layer failure", "in state ssl_handshake"),
            !says("certificate")
        {
            return
                "the listener does not speak TLS: name a TLS port in bootstrap.servers, or set kafka.security.protocol "
                + "to PLAINTEXT or SASL_PLAINTEXT"
        }
        if says("ssl listener", "incorrect security.protocol", "require sasl authentication") {
            return
                "set kafka.security.protocol to what the listener speaks: SSL or SASL_SSL for TLS, and SASL_PLAINTEXT "
                + "or SASL_SSL for passwords"
        }
        if says("alert bad certificate", "certificate required", "client ssl authentication") {
            return "the listener wants a certificate of this client: set kafka.ssl.certificate.location and "
                + "kafka.ssl.key.location"
        }
        if says("another host name") {
            return "use the names in bootstrap.servers that the brokers' certificates are for"
        }
        if says("expired", "not yet valid") { return "renew the broker's certificate, or set the clock right" }
        if says("certificate verify failed", "not trusted here") {
            return "set kafka.ssl.ca.location to a file with the certificate of the authority that signed the broker's"
        }
        if says("mechanism handshake", "unsupported sasl mechanism", "sasl handshake not supported") {
            return "set kafka.sasl.mechanism to one that the broker has enabled"
        }
        if name == "_RESOLVE" || says("resolve") { return "correct the host names in bootstrap.servers" }
        if says("connection refused") {
            return "see that a broker runs, and that bootstrap.servers has its host and port"
        }
        if name == "_SSL" { return "see kafka.security.protocol and the settings that begin with kafka.ssl." }
        if kind == .authentication {
            return "see kafka.sasl.username, kafka.sasl.password.file and kafka.sasl.mechanism"
        }
        return nil
    }
}

extension Settings {
    /// Who the brokers take us for.
    var principal: String {
        for role in Librdkafka.Role.allCases {
            if let name = givenProperties(role)["sasl.username"] { return "User:\(name)" }
        }
        return "this client"
    }

    /// A failure of Kafka's, with what to set.
    /// - Parameter group: the consumer group that is worked with, unless it is that of `group.id`.
    package func failure(_ error: KafkaError, group: String? = nil) -> WorkerError {
        let group = group ?? self[Settings.groupID]
        return error.remedy(for: principal, group: group).map { .kafkaRefused(error, remedy: $0) } ?? .kafka(error)
    }

    /// The same for a failure that may be Kafka's.
    package func explained(_ error: WorkerError) -> WorkerError {
        guard case .kafka(let error) = error else { return error }
        return failure(error)
    }
}
