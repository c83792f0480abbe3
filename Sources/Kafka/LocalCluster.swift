// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// librdkafka's mock brokers: a Kafka cluster inside this process, on real TCP ports of the loopback interface, in memory.
///
/// Good for tests, benchmarks and trying things out. It ends with the value. What it cannot do: a partition keeps its
/// newest 5 MiB only, records are not found by their time, offsets in transactions are forgotten and aborted records
/// are shown, a group's first member waits 3 seconds, and after a member has left cleanly the next one waits for long.
public final class LocalCluster: Sendable {
    /// Addresses of all brokers, for the setting `bootstrap.servers`.
    public let bootstrapServers: String
    /// The client that librdkafka wants for its bookkeeping; it talks to no broker.
    let client: Client
    /// librdkafka hands each call on to the cluster's own thread, or locks, so any thread may call.
    nonisolated(unsafe) let handle: OpaquePointer

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
        handle = cluster
        bootstrapServers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    }

    deinit { rd_kafka_mock_cluster_destroy(handle) }

    /// Creates a topic. One that is not created comes into being when it is first written to, with 4 partitions.
    public func createTopic(_ name: String, partitions: Int) throws(KafkaError) {
        let code = rd_kafka_mock_topic_create(handle, name, Int32(clamping: partitions), 1)
        try client.check(code, "creation of topic \(name)")
    }
}
