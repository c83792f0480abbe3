// SPDX-License-Identifier: Apache-2.0

import CRdKafka
import Glibc

@testable package import Kafka

/// Makes, widens and removes topics. Each call waits for the cluster's answer. The local cluster does not know these
/// requests, and has `LocalCluster.createTopic`.
package final class Admin: Sendable {
    private let client: Client
    private static let patience = Duration.seconds(30)

    /// Starts a client; needs no broker yet.
    /// - Parameter settings: librdkafka's properties.
    package init(settings: [String: String]) throws(KafkaError) {
        client = try Client(.producer, settings: settings, context: ClientContext())
    }

    /// Creates a topic, and waits until a broker knows it: they learn of it a little later than it is there.
    /// - Parameter settings: the topic's own, such as `max.message.bytes`.
    package func createTopic(
        _ name: String,
        partitions: Int,
        settings: [String: String] = [:]
    ) throws(KafkaError) {
        let topic = rd_kafka_NewTopic_new(name, Int32(clamping: partitions), 1, nil, 0)
        guard let topic else { throw invalid("creation of topic \(name)") }
        defer { rd_kafka_NewTopic_destroy(topic) }
        for (key, value) in settings {
            try client.check(rd_kafka_NewTopic_set_config(topic, key, value), "setting \(key) of topic \(name)")
        }
        try request("creation of topic \(name)") { queue in
            var topics: [OpaquePointer?] = [topic]
            rd_kafka_CreateTopics(client.handle, &topics, 1, nil, queue)
        } results: { event, count in
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), count)
        }
        try waitUntilKnown(name, partitions: partitions)
    }

    /// Removes a topic with all that is in it. Brokers are done with it some moments later.
    package func deleteTopic(_ name: String) throws(KafkaError) {
        guard let topic = rd_kafka_DeleteTopic_new(name) else { throw invalid("deletion of topic \(name)") }
        defer { rd_kafka_DeleteTopic_destroy(topic) }
        try request("deletion of topic \(name)") { queue in
            var topics: [OpaquePointer?] = [topic]
            rd_kafka_DeleteTopics(client.handle, &topics, 1, nil, queue)
        } results: { event, count in
            rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), count)
        }
    }

    /// Adds partitions to a topic, until it has so many.
    package func growTopic(_ name: String, to partitions: Int) throws(KafkaError) {
        let growth = rd_kafka_NewPartitions_new(name, partitions, nil, 0)
        guard let growth else { throw invalid("growth of topic \(name)") }
        defer { rd_kafka_NewPartitions_destroy(growth) }
        try request("growth of topic \(name)") { queue in
            var growths: [OpaquePointer?] = [growth]
            rd_kafka_CreatePartitions(client.handle, &growths, 1, nil, queue)
        } results: { event, count in
            rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), count)
        }
    }

    private func waitUntilKnown(_ topic: String, partitions: Int) throws(KafkaError) {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            do throws(KafkaError) {
                if try client.partitions(of: topic, timeout: Self.patience).count >= partitions { return }
            } catch {
                guard error.kind == .unknownTopicOrPartition || error.isRetriable, .now < deadline else { throw error }
            }
            guard .now < deadline else {
                throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, during: "spread of the news of topic \(topic)")
            }
            usleep(20_000)
        }
    }

    private func request(
        _ operation: String,
        _ send: (OpaquePointer?) -> Void,
        results: (OpaquePointer, UnsafeMutablePointer<Int>) -> UnsafeMutablePointer<OpaquePointer?>?
    ) throws(KafkaError) {
        let queue = rd_kafka_queue_new(client.handle)
        defer { rd_kafka_queue_destroy(queue) }
        send(queue)
        guard let event = rd_kafka_queue_poll(queue, Self.patience.milliseconds) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, during: operation)
        }
        defer { rd_kafka_event_destroy(event) }
        try client.check(rd_kafka_event_error(event), operation)
        var count = 0
        let topics = UnsafeBufferPointer(start: results(event, &count), count: count)
        for topic in topics {
            let code = rd_kafka_topic_result_error(topic)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            let reason = rd_kafka_topic_result_error_string(topic).map { String(cString: $0) }
            throw KafkaError(code, during: operation, reason: reason)
        }
    }

    private func invalid(_ operation: String) -> KafkaError {
        KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, during: operation)
    }
}
