// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// Why something with Kafka failed: what was being done, what librdkafka says of it, and what a caller may do.
public struct KafkaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What to make of an error, coarse enough to switch on: exit codes, retries, counters.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// No broker answered: unreachable, unresolvable, or too late.
        case brokerUnavailable = "broker_unavailable"
        /// The broker, or TLS, refused who we are.
        case authentication
        /// The broker knows us and does not let us.
        case authorisation
        /// There is no such topic or partition.
        case unknownTopicOrPartition = "unknown_topic_or_partition"
        /// The producer's queue is full: poll, and send again.
        case queueFull = "queue_full"
        /// The record is larger than the client or the broker takes.
        case messageTooLarge = "message_too_large"
        /// The broker refuses the record for what it is: no key in a compacted topic, a timestamp out of bounds.
        case recordRejected = "record_rejected"
        /// `poll` was not called for `max.poll.interval.ms`; the group went on without us.
        case maxPollExceeded = "max_poll_exceeded"
        /// The group moved on: an old generation, an unknown member, a rebalance under way. What was assigned is lost.
        case groupChanged = "group_changed"
        /// Another client took over our identity (`transactional.id`, `group.instance.id`): this one must end.
        case fenced
        /// The offset is not, or no longer, in the partition.
        case offsetOutOfRange = "offset_out_of_range"
        /// The record was dropped with its transaction, or at the end of the producer.
        case purged
        /// A setting or an argument is wrong.
        case badConfiguration = "bad_configuration"
        /// Anything else; ``KafkaError/name`` tells it apart.
        case other
    }

    /// What to make of it.
    public let kind: Kind
    /// librdkafka's code: negative for the client's own errors, positive for those of Kafka's protocol.
    public let code: Int32
    /// librdkafka's name for the code, such as `_ALL_BROKERS_DOWN` or `TOPIC_AUTHORIZATION_FAILED`.
    public let name: String
    /// What was being done, and to what: `commit of comments[3]`.
    public let operation: String
    /// What librdkafka, or the broker through it, says.
    public let reason: String
    /// The same call may succeed when repeated as it is, after a pause.
    public let isRetriable: Bool
    /// The client is of no use any more: close it.
    public let isFatal: Bool
    /// The transaction must be aborted; then the next one may begin.
    public let requiresAbort: Bool

    /// The system lets this process have no more threads, which librdkafka needs one of for each broker.
    public var isLackOfThreads: Bool { code == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE.rawValue }

    /// `commit of comments[3]: Broker: Not coordinator (NOT_COORDINATOR)`
    public var description: String { "\(operation): \(reason) (\(name))" }
}

extension KafkaError {
    /// What librdkafka says of partitions that the group has given to another member.
    public static func assignmentLost(during operation: String) -> KafkaError {
        KafkaError(RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, during: operation)
    }

    /// The error that librdkafka calls `name`; nil if it has no such error.
    /// - Parameter reason: librdkafka's text for such an error unless said otherwise.
    public init?(named name: String, during operation: String, reason: String? = nil, requiresAbort: Bool = false) {
        guard let code = Self.code(named: name) else { return nil }
        let isFatal = code == RD_KAFKA_RESP_ERR__FATAL
        let reason = reason ?? String(cString: rd_kafka_err2str(code))
        self.init(code, operation, reason, isFatal: isFatal, requiresAbort: requiresAbort)
    }

    /// - Parameter client: the `rd_kafka_t` that failed, asked for the cause where the code is only "fatal".
    init(
        _ code: rd_kafka_resp_err_t,
        during operation: String,
        reason: String? = nil,
        client: OpaquePointer? = nil
    ) {
        guard code == RD_KAFKA_RESP_ERR__FATAL, let client, let (cause, text) = Self.fatalCause(of: client) else {
            let reason = reason ?? String(cString: rd_kafka_err2str(code))
            self.init(code, operation, reason, isFatal: code == RD_KAFKA_RESP_ERR__FATAL)
            return
        }
        self.init(cause, operation, text, isFatal: true)
    }

    /// The same error with more to say of its reason.
    func adding(_ detail: String?) -> KafkaError {
        guard let detail else { return self }
        return KafkaError(
            rd_kafka_resp_err_t(code),
            operation,
            "\(reason) (\(detail))",
            isFatal: isFatal,
            isRetriable: isRetriable,
            requiresAbort: requiresAbort
        )
    }

    /// The cause of this error, with what was being done when it showed.
    func replaced(by cause: KafkaError) -> KafkaError {
        KafkaError(
            rd_kafka_resp_err_t(cause.code),
            operation,
            cause.reason,
            isFatal: cause.isFatal,
            isRetriable: cause.isRetriable
        )
    }

    /// Takes over librdkafka's error object and destroys it.
    init(owning error: OpaquePointer, during operation: String) {
        defer { rd_kafka_error_destroy(error) }
        self.init(
            rd_kafka_error_code(error),
            operation,
            String(cString: rd_kafka_error_string(error)),
            isFatal: rd_kafka_error_is_fatal(error) != 0,
            isRetriable: rd_kafka_error_is_retriable(error) != 0,
            requiresAbort: rd_kafka_error_txn_requires_abort(error) != 0
        )
    }

    private init(
        _ code: rd_kafka_resp_err_t,
        _ operation: String,
        _ reason: String,
        isFatal: Bool,
        isRetriable: Bool = false,
        requiresAbort: Bool = false
    ) {
        kind = Kind(code)
        self.code = code.rawValue
        name = String(cString: rd_kafka_err2name(code))
        self.operation = operation
        self.reason = reason
        self.isRetriable = !isFatal && (isRetriable || Self.isTransient(code))
        self.isFatal = isFatal
        self.requiresAbort = requiresAbort
    }

    private static func fatalCause(of client: OpaquePointer) -> (rd_kafka_resp_err_t, String)? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            text.initialize(repeating: 0)
            let code = rd_kafka_fatal_error(client, text.baseAddress, text.count)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR, let start = text.baseAddress else { return nil }
            return (code, String(cString: start))
        }
    }
}
