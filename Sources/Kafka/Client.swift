// SPDX-License-Identifier: Apache-2.0

import CRdKafka
import Dispatch
import Synchronization

/// Owns an `rd_kafka_t`: what consumer, producer and local cluster have in common.
final class Client: Sendable {
    enum Role: String, Sendable {
        case consumer, producer

        var type: rd_kafka_type_t { self == .consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER }
    }

    /// Unsafe in name only: librdkafka's introduction promises that its functions may be called on one handle from
    /// any number of threads, and nobody but `deinit`, after the last user is gone, destroys it.
    nonisolated(unsafe) let handle: OpaquePointer
    let context: ClientContext
    private let isAbandoned = Atomic(false)

    init(_ role: Role, settings: [String: String], context: ClientContext) throws(KafkaError) {
        let configuration = Configuration()
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            if let error = configuration.set(name, to: value) { throw error }
        }
        context.hide(Secrets(in: settings))
        handle = try configuration.start(role, settings: settings, context: context)
        self.context = context
        // With `log.queue=true` the lines would pile up for a queue that nobody made; send them the way of all
        // other events. Without that setting this does nothing.
        _ = rd_kafka_set_log_queue(handle, nil)
    }

    deinit {
        // The handle and what its callbacks need then stay until the process ends.
        guard !isAbandoned.load(ordering: .acquiring) else { return }
        nonisolated(unsafe) let handle = handle
        let (context, ended) = (context, DispatchSemaphore(value: 0))
        // librdkafka joins its threads in here, so that no callback can need the context afterwards. It has been seen to
        // wait for one that never ends (2.0.2, a topic deleted and made again while it was read), hence the limit.
        DispatchQueue(label: "rdk-destroy").async {
            // A consumer leaves its group in `close()`, where the rebalance hook may run, and not in a deinit.
            rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            Unmanaged.passUnretained(context).release()
            ended.signal()
        }
        _ = ended.wait(timeout: .now() + .seconds(Self.patience))
    }

    /// Seconds that the end of a client may take before it is left to the end of the process.
    private static let patience = 10

    /// Gives up on a client that does not end in time: `deinit` would wait for it just as long.
    func abandon() { isAbandoned.store(true, ordering: .releasing) }

    func check(_ code: rd_kafka_resp_err_t, _ operation: @autoclosure () -> String) throws(KafkaError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw KafkaError(code, during: operation(), client: handle)
    }

    func check(_ error: OpaquePointer?, _ operation: @autoclosure () -> String) throws(KafkaError) {
        guard let error else { return }
        throw KafkaError(owning: error, during: operation())
    }

    /// Whether the cluster is a `LocalCluster`, of this process or of another one: what calls itself by librdkafka's name
    /// for its mock brokers. Waits until a broker has said so, if none has been heard yet.
    func isOnLocalCluster(timeout: Duration) -> Bool {
        guard let name = rd_kafka_clusterid(handle, timeout.milliseconds) else { return false }
        defer { rd_kafka_mem_free(handle, name) }
        return String(cString: name).hasPrefix("mockCluster")
    }

    /// The numbers of a topic's partitions, asked of the cluster.
    func partitions(of topic: String, timeout: Duration) throws(KafkaError) -> [Int32] {
        let operation = "metadata of topic \(topic)"
        guard let handleOfTopic = rd_kafka_topic_new(handle, topic, nil) else {
            throw KafkaError(rd_kafka_last_error(), during: operation)
        }
        defer { rd_kafka_topic_destroy(handleOfTopic) }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        try check(rd_kafka_metadata(handle, 0, handleOfTopic, &metadata, timeout.milliseconds), operation)
        defer { rd_kafka_metadata_destroy(metadata) }
        guard let found = metadata?.pointee, found.topic_cnt > 0 else {
            throw KafkaError(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, during: operation)
        }
        try check(found.topics[0].err, operation)
        let partitions = UnsafeBufferPointer(
            start: found.topics[0].partitions,
            count: Int(found.topics[0].partition_cnt)
        )
        return partitions.map(\.id).sorted()
    }
}
