// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// librdkafka's mock brokers: a Kafka cluster inside this process, on real TCP ports of the loopback interface, in memory.
///
/// Good for tests, benchmarks and trying things out. It ends with the value. What it cannot do: a partition keeps its
/// newest 5 MiB only, records are not found by their time, offsets in transactions are forgotten and aborted records
/// are shown, a group's first member waits 3 seconds, and after a member has left cleanly the next one waits for long.
public final class LocalCluster: Sendable {
    /// A request of Kafka's protocol; the raw value is its API key.
    public enum Request: Int16, Sendable, CaseIterable {
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

    /// Addresses of all brokers, for the setting `bootstrap.servers`.
    public let bootstrapServers: String
    /// The client that librdkafka wants for its bookkeeping; it talks to no broker.
    private let client: Client
    /// librdkafka hands each call on to the cluster's own thread, or locks, so any thread may call.
    private nonisolated(unsafe) let cluster: OpaquePointer

    /// What the ids begin with that librdkafka gives such clusters.
    static let idPrefix = "mockCluster"

    /// Starts brokers; their ids are 1...`brokers`.
    public init(brokers: Int = 1) throws(KafkaError) {
        client = try Client(.producer, settings: ["client.id": "local-cluster"], context: ClientContext())
        guard brokers > 0, let cluster = rd_kafka_mock_cluster_new(client.handle, Int32(clamping: brokers)) else {
            throw KafkaError(
                RD_KAFKA_RESP_ERR__INVALID_ARG,
                during: "start of the local cluster",
                reason: "cannot start \(brokers) brokers"
            )
        }
        self.cluster = cluster
        bootstrapServers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    }

    deinit { rd_kafka_mock_cluster_destroy(cluster) }

    /// Creates a topic. One that is not created comes into being when it is first written to, with 4 partitions.
    public func createTopic(_ name: String, partitions: Int, replication: Int = 1) throws(KafkaError) {
        let code = rd_kafka_mock_topic_create(
            cluster,
            name,
            Int32(clamping: partitions),
            Int32(clamping: replication)
        )
        try client.check(code, "creation of topic \(name)")
    }

    /// Answers the next requests of a kind with these errors, one each, whatever client they come from.
    /// - Parameter errors: librdkafka's names: `NOT_LEADER_FOR_PARTITION`; `_TRANSPORT` cuts the connection.
    public func failNext(_ request: Request, with errors: [String]) throws(KafkaError) {
        var codes: [rd_kafka_resp_err_t] = []
        for name in errors { codes.append(try errorCode(named: name)) }
        rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, codes.count, codes)
    }

    /// Answers metadata requests for a topic with this error, `TOPIC_AUTHORIZATION_FAILED` say; nil ends that.
    public func setError(_ error: String?, ofTopic topic: String) throws(KafkaError) {
        var code = RD_KAFKA_RESP_ERR_NO_ERROR
        if let error { code = try errorCode(named: error) }
        rd_kafka_mock_topic_set_error(cluster, topic, code)
    }

    /// Takes a broker (nil: all of them) off the network, or puts it back.
    public func setBroker(_ id: Int32?, isUp: Bool) throws(KafkaError) {
        let change = isUp ? rd_kafka_mock_broker_set_up : rd_kafka_mock_broker_set_down
        try client.check(change(cluster, id ?? -1), "\(isUp ? "start" : "stop") of broker \(id ?? -1)")
    }

    /// Delays each answer of a broker (nil: of all).
    public func setRoundTrip(_ delay: Duration, broker id: Int32? = nil) throws(KafkaError) {
        try client.check(
            rd_kafka_mock_broker_set_rtt(cluster, id ?? -1, delay.milliseconds),
            "delay of broker \(id ?? -1)"
        )
    }

    /// Moves a partition to another broker.
    public func moveLeader(of partition: TopicPartition, to broker: Int32) throws(KafkaError) {
        let code = rd_kafka_mock_partition_set_leader(cluster, partition.topic, partition.partition, broker)
        try client.check(code, "move of \(partition)")
    }

    /// What a coordinator coordinates.
    public enum Coordinated: String, Sendable {
        case group, transaction
    }

    /// Moves the coordinator of a group, or of a `transactional.id`, to another broker.
    public func moveCoordinator(of kind: Coordinated, _ name: String, to broker: Int32) throws(KafkaError) {
        let code = rd_kafka_mock_coordinator_set(cluster, kind.rawValue, name, broker)
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
