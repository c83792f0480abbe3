// SPDX-License-Identifier: Apache-2.0
import CRdKafka

@testable package import Kafka

/// Faults on demand: errors of requests, brokers that are away or slow, leaders and coordinators that move.
extension LocalCluster {
    /// A request of Kafka's protocol; the raw value is its API key.
    package enum Request: Int16, Sendable, CaseIterable {
        case produce = 0
        case fetch = 1
        case listOffsets = 2
        case metadata = 3
        case offsetCommit = 8
        case offsetFetch = 9
        case findCoordinator = 10
        case joinGroup = 11
        case heartbeat = 12
        case leaveGroup = 13
        case syncGroup = 14
        case initProducerId = 22
        case addPartitionsToTransaction = 24
        case addOffsetsToTransaction = 25
        case endTransaction = 26
        case transactionOffsetCommit = 28
    }

    /// Answers the next requests of a kind with these errors, one each, whatever client they come from.
    /// - Parameter errors: librdkafka's names: `NOT_LEADER_FOR_PARTITION`; `_TRANSPORT` cuts the connection.
    package func failNext(_ request: Request, with errors: [String]) throws(KafkaError) {
        var codes: [rd_kafka_resp_err_t] = []
        for name in errors { codes.append(try errorCode(named: name)) }
        rd_kafka_mock_push_request_errors_array(handle, request.rawValue, codes.count, codes)
    }

    /// Answers metadata requests for a topic with this error, `TOPIC_AUTHORIZATION_FAILED` say; nil ends that.
    package func setError(_ error: String?, ofTopic topic: String) throws(KafkaError) {
        var code = RD_KAFKA_RESP_ERR_NO_ERROR
        if let error { code = try errorCode(named: error) }
        rd_kafka_mock_topic_set_error(handle, topic, code)
    }

    /// Takes a broker (nil: all of them) off the network, or puts it back.
    package func setBroker(_ id: Int32?, isUp: Bool) throws(KafkaError) {
        let change = isUp ? rd_kafka_mock_broker_set_up : rd_kafka_mock_broker_set_down
        try client.check(change(handle, id ?? -1), "\(isUp ? "start" : "stop") of broker \(id ?? -1)")
    }

    /// Delays each answer of a broker (nil: of all).
    package func setRoundTrip(_ delay: Duration, broker id: Int32? = nil) throws(KafkaError) {
        try client.check(
            rd_kafka_mock_broker_set_rtt(handle, id ?? -1, delay.milliseconds),
            "delay of broker \(id ?? -1)"
        )
    }

    /// Moves a partition to another broker.
    package func moveLeader(of partition: TopicPartition, to broker: Int32) throws(KafkaError) {
        let code = rd_kafka_mock_partition_set_leader(handle, partition.topic, partition.partition, broker)
        try client.check(code, "move of \(partition)")
    }

    /// What a coordinator coordinates.
    package enum Coordinated: String, Sendable {
        case group, transaction
    }

    /// Moves the coordinator of a group, or of a `transactional.id`, to another broker.
    package func moveCoordinator(of kind: Coordinated, _ name: String, to broker: Int32) throws(KafkaError) {
        let code = rd_kafka_mock_coordinator_set(handle, kind.rawValue, name, broker)
        try client.check(code, "move of the coordinator of \(name)")
    }

    private func errorCode(named name: String) throws(KafkaError) -> rd_kafka_resp_err_t {
        guard let code = KafkaError.code(named: name) else {
            throw KafkaError(
                RD_KAFKA_RESP_ERR__INVALID_ARG,
                during: "injection of an error",
                reason: "librdkafka knows no error named \(name)"
            )
        }
        return code
    }
}
