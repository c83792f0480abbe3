// SPDX-License-Identifier: Apache-2.0

import CRdKafka
import Synchronization

/// Sends records. Any thread may call it; only `poll` and `flush` wait.
///
/// Each record that `send` took gets exactly one delivery report, from `poll` or `flush`, unless the producer ends first.
public final class Producer: Sendable {
    /// What one `poll` or `flush` brought.
    public struct Poll: Sendable {
        /// What became of records; in the order of sending within a partition, as long as all succeed.
        public var reports: [DeliveryReport] = []
        /// What went wrong with the client: brokers down, authentication. librdkafka goes on by itself unless an
        /// error is fatal.
        public var errors: [KafkaError] = []

        /// Creates one, as a test does.
        public init(reports: [DeliveryReport] = [], errors: [KafkaError] = []) {
            self.reports = reports
            self.errors = errors
        }
    }

    let client: Client
    /// librdkafka's own count has its other events in it too.
    private let unreported = Atomic(0)

    /// Starts a producer; needs no broker yet.
    /// - Parameter settings: librdkafka's properties.
    /// - Parameter onLog: gets librdkafka's log lines; without it they are dropped.
    /// - Parameter onEvent: runs on a thread of librdkafka's whenever there is something to poll for again, so that a
    ///   thread that waits for other things too need not poll in vain. It must return at once and not call this.
    /// - Parameter onStatistics: gets librdkafka's statistics, where `statistics.interval.ms` is set.
    public init(
        settings: [String: String],
        onLog: Librdkafka.LogHandler? = nil,
        onEvent: (@Sendable () -> Void)? = nil,
        onStatistics: Librdkafka.StatisticsHandler? = nil
    ) throws(KafkaError) {
        let context = ClientContext(onLog: onLog, onEvent: onEvent, onStatistics: onStatistics)
        client = try Client(.producer, settings: settings, context: context)
        context.watchMainQueue(of: client.handle)
    }

    /// Puts a record, copied, into the queue; never waits. `.queueFull` means: poll, and try again.
    /// - Parameter partition: nil lets librdkafka's `partitioner` choose one by the key.
    /// - Parameter timestamp: milliseconds since 1970; nil is now, and so is 0, for librdkafka has no other word for it.
    /// - Parameter token: comes back in the delivery report.
    public func send(
        topic: String,
        partition: Int32? = nil,
        key: [UInt8]?,
        value: [UInt8]?,
        headers: [Header],
        timestamp: Int64? = nil,
        token: UInt64
    ) throws(KafkaError) {
        let list = HeaderList(headers)
        // Before the record is on its way, for another thread may take its report at any moment after.
        unreported.add(1, ordering: .relaxed)
        let error = topic.withCString { topic in
            withPayload(key) { key, keyCount in
                withPayload(value) { value, valueCount in
                    withUnsafeTemporaryAllocation(of: rd_kafka_vu_t.self, capacity: 8) { arguments in
                        arguments.initialize(repeating: rd_kafka_vu_t())
                        arguments[0].vtype = RD_KAFKA_VTYPE_TOPIC
                        arguments[0].u.cstr = topic
                        arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION
                        arguments[1].u.i32 = partition ?? -1  // RD_KAFKA_PARTITION_UA
                        arguments[2].vtype = RD_KAFKA_VTYPE_KEY
                        arguments[2].u.mem = .init(ptr: UnsafeMutableRawPointer(mutating: key), size: keyCount)
                        arguments[3].vtype = RD_KAFKA_VTYPE_VALUE
                        arguments[3].u.mem = .init(ptr: UnsafeMutableRawPointer(mutating: value), size: valueCount)
                        arguments[4].vtype = RD_KAFKA_VTYPE_HEADERS
                        arguments[4].u.headers = list.pointer
                        arguments[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP
                        arguments[5].u.i64 = timestamp ?? 0
                        // A number, not an address: nothing has to live until the report comes.
                        arguments[6].vtype = RD_KAFKA_VTYPE_OPAQUE
                        arguments[6].u.ptr = UnsafeMutableRawPointer(bitPattern: UInt(token))
                        arguments[7].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                        arguments[7].u.i = RD_KAFKA_MSG_F_COPY
                        return rd_kafka_produceva(client.handle, arguments.baseAddress, arguments.count)
                    }
                }
            }
        }
        if let error {
            unreported.subtract(1, ordering: .relaxed)
            let place = partition.map { "\(topic)[\($0)]" } ?? topic
            throw KafkaError(owning: error, during: "send to \(place)")
        }
        list.wasTaken()
    }

    /// Waits up to `timeout` for the first report or error, then takes all that are there.
    public func poll(timeout: Duration) -> Poll {
        rd_kafka_poll(client.handle, timeout.milliseconds)
        return takeInbox()
    }

    /// Sends what waits, without lingering, until all is delivered or the time is over; `pending` tells what is left.
    public func flush(timeout: Duration) -> Poll {
        // Says only whether the time was over, which `pending` says better.
        _ = rd_kafka_flush(client.handle, timeout.milliseconds)
        return takeInbox()
    }

    /// How many records were sent whose report has not been taken yet.
    public var pending: Int { unreported.load(ordering: .relaxed) }

    /// Whether the cluster is a `LocalCluster`, of this process or of another one; false if none answers in time.
    public func isOnLocalCluster(timeout: Duration) -> Bool { client.isOnLocalCluster(timeout: timeout) }

    /// The numbers of a topic's partitions, asked of the cluster.
    public func partitions(of topic: String, timeout: Duration) throws(KafkaError) -> [Int32] {
        try client.partitions(of: topic, timeout: timeout)
    }

    private func takeInbox() -> Poll {
        let inbox = client.context.takeInbox()
        unreported.subtract(inbox.deliveries.count, ordering: .relaxed)
        return Poll(reports: inbox.deliveries, errors: inbox.errors)
    }
}
