// SPDX-License-Identifier: Apache-2.0

import CRdKafka
import Synchronization

/// Reads records, alone (`assign`) or as a member of a group (`subscribe`). Blocking; any thread may call it.
///
/// It has no thread of its own but librdkafka's. Rebalances and errors come through `poll`,
/// so poll at least every `max.poll.interval.ms`, with partitions paused if need be.
public final class Consumer: Sendable {
    /// A change of the partitions that the group gave us.
    public enum Rebalance: Sendable, Hashable {
        /// These partitions are ours from now on.
        case assigned([TopicPartition])
        /// These partitions are about to go to another member; their offsets can still be committed.
        case revoked([TopicPartition])
        /// These partitions were taken away, perhaps by another member already: commit nothing.
        case lost([TopicPartition])
    }

    /// What one `poll` brought.
    public struct Poll: Sendable {
        /// Records, in order within each partition.
        public var records: [Record] = []
        /// What went wrong, in the order of its coming. librdkafka goes on by itself unless an error is fatal.
        public var errors: [KafkaError] = []
        /// Partitions whose end was reached, with the offset that comes next; `enable.partition.eof=true` only.
        public var ends: [TopicPartition: Int64] = [:]
        /// Partitions that were revoked or lost; nothing of them is in `records` or `ends`.
        public var revoked: Set<TopicPartition> = []

        /// Creates an empty one.
        public init() {}
    }

    let client: Client
    private let isClosed = Atomic(false)

    /// Starts a consumer; needs no broker yet.
    /// - Parameter settings: librdkafka's properties; `group.id` is needed even without a group.
    /// - Parameter onRebalance: runs inside `poll` and `close`, on their thread, and holds them up. For `.assigned` it
    ///   runs when the assignment is done, none of it paused; for `.revoked` before the partitions go, and may commit. Dropped by `close`.
    /// - Parameter onLog: gets librdkafka's log lines; without it they are dropped.
    /// - Parameter onStatistics: gets librdkafka's statistics, where `statistics.interval.ms` is set.
    public init(
        settings: [String: String],
        onRebalance: @escaping @Sendable (Rebalance) -> Void = { _ in },
        onLog: Librdkafka.LogHandler? = nil,
        onStatistics: Librdkafka.StatisticsHandler? = nil
    ) throws(KafkaError) {
        guard settings["group.id"]?.isEmpty == false else {
            throw KafkaError(
                RD_KAFKA_RESP_ERR__UNKNOWN_GROUP,
                during: "start of the consumer",
                reason: "the setting group.id is missing"
            )
        }
        let context = ClientContext(onRebalance: onRebalance, onLog: onLog, onStatistics: onStatistics)
        client = try Client(.consumer, settings: settings, context: context)
    }

    /// Waits for something to come, then takes what is there without waiting.
    /// - Parameter limit: how many records, at most; > 0.
    /// - Parameter bytes: no more is taken once the records have as many bytes.
    /// - Parameter timeout: how long to wait for the first one. A rebalance or an error ends the wait early,
    ///   with no record perhaps.
    public func poll(upTo limit: Int, bytes: Int = .max, timeout: Duration) -> Poll {
        precondition(limit > 0, "a poll takes at least one record, else it could not serve the group")
        var poll = Poll()
        guard !isClosed.load(ordering: .acquiring) else {
            poll.errors.append(KafkaError(RD_KAFKA_RESP_ERR__STATE, during: "poll", reason: "the consumer is closed"))
            return poll
        }
        do throws(KafkaError) { try client.forwardMainQueue() } catch { poll.errors.append(error) }
        var topic = TopicName()
        var wait = timeout.milliseconds
        var taken = 0
        for _ in 0..<limit where taken < bytes {
            let before = poll.records.count
            guard let message = rd_kafka_consumer_poll(client.handle, wait) else { break }
            defer { rd_kafka_message_destroy(message) }
            take(message, topic: topic.name(of: message.pointee.rkt), into: &poll)
            if poll.records.count > before { taken += poll.records[before].byteCount }
            wait = 0
        }
        takeEvents(into: &poll)
        return poll
    }

    /// Whether the group is being joined, or joined again with the partitions still at hand, as cooperative rebalancing
    /// has it. A commit now would be answered after the join, and refused for its generation; librdkafka before 2.10
    /// takes all partitions for lost then. So wait for the end of it, if need be polling.
    public var isJoining: Bool { client.context.isJoining }

    /// Leaves the group, which may run the rebalance hook, and ends all reading. Blocks; a second call does nothing.
    /// - Parameter timeout: librdkafka waits for commits under way, with brokers that are down for as long as
    ///   `session.timeout.ms`. After this time the consumer is given up: an error says so, its threads end with the
    ///   process, and the group learns of it by the session's timeout. A hook that takes longer is not cut off.
    /// - Returns: the last errors.
    @discardableResult
    public func close(timeout: Duration = .seconds(30)) -> Poll {
        var poll = Poll()
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return poll }
        do throws(KafkaError) {
            try leave(before: ContinuousClock.now + timeout)
        } catch {
            client.context.add(error)
        }
        takeEvents(into: &poll)
        client.context.dropRebalanceHook()
        return poll
    }

    private func leave(before deadline: ContinuousClock.Instant) throws(KafkaError) {
        let operation = "close of the consumer"
        // A queue of its own takes over what `poll` served, and gives the wait an end, which librdkafka's own
        // blocking close does not have.
        let queue = rd_kafka_queue_new(client.handle)
        defer { rd_kafka_queue_destroy(queue) }
        try client.check(rd_kafka_consumer_close_queue(client.handle, queue), operation)
        while true {
            let isDone = rd_kafka_consumer_closed(client.handle) != 0
            let left = isDone ? .zero : ContinuousClock.now.duration(to: deadline)
            if let event = rd_kafka_queue_poll(queue, left.milliseconds) {
                client.context.take(event, of: client.handle)
                rd_kafka_event_destroy(event)
            } else if isDone {
                return
            } else if ContinuousClock.now >= deadline {
                client.abandon()
                throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, during: operation)
            }
        }
    }

    /// A message is a record, the end of a partition, or an error in disguise.
    private func take(_ message: UnsafeMutablePointer<rd_kafka_message_t>, topic: String, into poll: inout Poll) {
        switch message.pointee.err {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            poll.records.append(Record(copying: message, topic: topic))
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            let partition = TopicPartition(topic: topic, partition: message.pointee.partition)
            poll.ends[partition] = message.pointee.offset
        case let code:
            let partition = TopicPartition(topic: topic, partition: message.pointee.partition)
            let place = partition.partition < 0 ? "topic \(topic)" : "\(partition)"
            let error = KafkaError(
                code,
                during: topic.isEmpty ? "poll" : "read of \(place)",
                reason: rd_kafka_message_errstr(message).map { String(cString: $0) },
                client: client.handle
            )
            poll.errors.append(error)
        }
    }

    private func takeEvents(into poll: inout Poll) {
        let inbox = client.context.takeInbox()
        poll.errors += inbox.errors
        guard !inbox.revoked.isEmpty else { return }
        poll.revoked.formUnion(inbox.revoked)
        poll.records.removeAll { inbox.revoked.contains($0.topicPartition) }
        for partition in inbox.revoked { poll.ends[partition] = nil }
    }
}
