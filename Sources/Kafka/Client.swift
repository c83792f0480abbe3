// SPDX-License-Identifier: Apache-2.0

import CRdKafka
import Glibc
import Synchronization

/// Owns an `rd_kafka_t`: what consumer, producer and local cluster have in common.
final class Client: Sendable {
    typealias Role = Librdkafka.Role

    /// Unsafe in name only: librdkafka's introduction promises that its functions may be called on one handle from
    /// any number of threads, and only `deinit`, after its last use, destroys it.
    nonisolated(unsafe) let handle: OpaquePointer
    let context: ClientContext
    /// Empty without transactions.
    let transactionalID: String
    private let isAbandoned = Atomic(false)

    /// Whether the main queue is served by the consumer's polls.
    private let isForwarded = Atomic(false)

    /// - Parameter isTried: the settings are known to be good together, or it is about to be known.
    init(
        _ role: Role,
        settings: [String: String],
        context: ClientContext,
        isTried: Bool = false
    ) throws(KafkaError) {
        let configuration = Configuration()
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            if let error = configuration.set(name, to: value) { throw error }
        }
        context.hide(Secrets(in: settings))
        // librdkafka (2.0.2) uses freed memory where it refuses a consumer that has interceptors.
        if role == .consumer, !isTried, let problem = Self.trial(role, settings: settings) { throw problem }
        // librdkafka's own, one for the coordinator, one for what has no broker, and one for each that is named.
        let brokers = settings["bootstrap.servers"]?.split(separator: ",").count ?? 0
        try ThreadProbe.check(3 + brokers, for: "start of the \(role)")
        handle = try configuration.start(role, settings: settings, context: context)
        self.context = context
        transactionalID = settings["transactional.id"] ?? ""
        // With `log.queue=true` the lines would pile up for a queue that was never made; send them the way of all
        // other events. Without that setting this does nothing.
        _ = rd_kafka_set_log_queue(handle, nil)
    }

    deinit {
        // The handle and what its callbacks need then stay until the process ends.
        guard !isAbandoned.load(ordering: .acquiring), !context.isFatalToDestroy else { return }
        ClientEnd(handle, context).run(patience: 10)
    }

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
        return String(cString: name).hasPrefix(LocalCluster.idPrefix)
    }

    /// The numbers of a topic's partitions, asked of the cluster.
    func partitions(of topic: String, timeout: Duration) throws(KafkaError) -> [Int32] {
        let operation = "metadata of topic \(topic)"
        guard let handleOfTopic = rd_kafka_topic_new(handle, topic, nil) else {
            throw KafkaError(rd_kafka_last_error(), during: operation)
        }
        defer { rd_kafka_topic_destroy(handleOfTopic) }
        let metadata = try metadata(of: handleOfTopic, timeout: timeout, operation)
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

    /// Asks in slices: once the brokers or TLS have refused this client, more waiting is in vain.
    private func metadata(
        of topic: OpaquePointer,
        timeout: Duration,
        _ operation: String
    ) throws(KafkaError) -> UnsafePointer<rd_kafka_metadata>? {
        let deadline = ContinuousClock.now + timeout
        while true {
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let left = max(ContinuousClock.now.duration(to: deadline), .zero)
            let code = rd_kafka_metadata(handle, 0, topic, &metadata, min(left, Self.slice).milliseconds)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return metadata }
            let error = KafkaError(code, during: operation, client: handle)
            guard error.kind == .brokerUnavailable else { throw error }
            let cause = cause
            let isInVain = cause.map { $0.kind == .authentication || $0.isLackOfThreads } ?? false
            guard !isInVain, .now < deadline else {
                throw cause.map { error.replaced(by: $0) } ?? error
            }
            // No connection may be under way, in which case the answer comes at once.
            usleep(50_000)
        }
    }

    private static let slice = Duration.seconds(2)

    /// Why no broker answers, as far as that is known. Nothing is known once another thread may poll.
    private var cause: KafkaError? {
        guard !isForwarded.load(ordering: .acquiring) else { return nil }
        while rd_kafka_poll(handle, 0) > 0 {}
        return context.cause
    }

    /// Has the consumer's polls serve records and events alike, from one queue.
    func forwardMainQueue() throws(KafkaError) {
        guard !isForwarded.exchange(true, ordering: .acquiringAndReleasing) else { return }
        try check(rd_kafka_poll_set_consumer(handle), "start of the consumer")
    }
}
