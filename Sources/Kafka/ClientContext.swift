// SPDX-License-Identifier: Apache-2.0

import CRdKafka
import Glibc
import Synchronization

/// Everything that librdkafka's callbacks of one client touch: the one thing its opaque pointer points to.
///
/// All but the log callback run inside a poll (or close) on the thread that called it. They put what came into
/// the inbox, which the poll empties when librdkafka has returned.
final class ClientContext: Sendable {
    struct Inbox {
        var errors: [KafkaError] = []
        var deliveries: [DeliveryReport] = []
        /// Partitions that were revoked or lost; records of theirs that the same poll had taken before must not come out.
        var revoked: Set<TopicPartition> = []
        var topic = TopicName()
    }

    private let secrets = Mutex(Secrets(in: [:]))
    private let inbox = Mutex(Inbox())
    /// What was wrong with the last certificate of a broker that was refused.
    private let certificateProblem = Mutex<String?>(nil)
    private let rebalanceHook: Mutex<(@Sendable (Consumer.Rebalance) -> Void)?>
    private let logHandler: Librdkafka.LogHandler?
    private let eventHook: (@Sendable () -> Void)?
    private let statisticsHandler: Librdkafka.StatisticsHandler?
    private let watchesJoining: Bool
    private let joining = Atomic(false)
    private let hasAskedToJoin = Atomic(false)
    private let hasBeenAssigned = Atomic(false)

    /// Whether a consumer has asked to join its group, or to join it again, and has not got its partitions yet.
    var isJoining: Bool {
        get { joining.load(ordering: .acquiring) }
        set {
            joining.store(newValue, ordering: .releasing)
            if newValue { hasAskedToJoin.store(true, ordering: .releasing) }
        }
    }

    /// Whether to destroy the client could abort the process: librdkafka before 2.3 asserts that a consumer which was
    /// told its group's assignor was given partitions too, were it none (its issue 4381).
    var isFatalToDestroy: Bool {
        let isAffected = rd_kafka_version() < 0x0203_0000
        return isAffected && hasAskedToJoin.load(ordering: .acquiring) && !hasBeenAssigned.load(ordering: .acquiring)
    }

    /// - Parameter watchesJoining: whether `isJoining` is kept, for which a consumer has interceptors.
    init(
        watchesJoining: Bool = true,
        onRebalance: (@Sendable (Consumer.Rebalance) -> Void)? = nil,
        onLog: Librdkafka.LogHandler? = nil,
        onEvent: (@Sendable () -> Void)? = nil,
        onStatistics: Librdkafka.StatisticsHandler? = nil
    ) {
        self.watchesJoining = watchesJoining
        rebalanceHook = Mutex(onRebalance)
        logHandler = onLog
        eventHook = onEvent
        statisticsHandler = onStatistics
    }

    /// Has librdkafka call the event hook, if there is one, whenever its empty main queue gets something for a poll.
    func watchMainQueue(of client: OpaquePointer) {
        guard eventHook != nil, let queue = rd_kafka_queue_get_main(client) else { return }
        defer { rd_kafka_queue_destroy(queue) }
        // The client holds this context for as long as it can call back.
        rd_kafka_queue_cb_event_enable(
            queue,
            { _, opaque in ClientContext.from(opaque).eventHook?() },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    /// Takes what came since the last time. The name of the last topic stays, for the next delivery reports.
    func takeInbox() -> Inbox {
        inbox.withLock { inbox in
            let taken = inbox
            inbox = Inbox(topic: taken.topic)
            return taken
        }
    }

    /// Lets go of the hook. It may hold the consumer, which holds this: a cycle that would never end.
    func dropRebalanceHook() { rebalanceHook.withLock { $0 = nil } }

    func rebalanced(_ change: Consumer.Rebalance) {
        let hook = rebalanceHook.withLock { $0 }
        hook?(change)
    }

    /// Keeps these out of errors and log lines from now on.
    func hide(_ secrets: Secrets) { self.secrets.withLock { $0 = secrets } }

    private func shown(_ text: UnsafePointer<CChar>) -> String {
        secrets.withLock { $0 }.hidden(in: String(cString: text))
    }

    /// The error that best tells why no broker answers; it stays where it is. What the brokers or TLS refuse comes before
    /// a connection that fails, and that before the mere news of it.
    var cause: KafkaError? {
        let errors = inbox.withLock { $0.errors }
        return errors.last { $0.kind == .authentication || $0.isLackOfThreads }
            ?? errors.last { $0.kind == .brokerUnavailable && $0.name != "_ALL_BROKERS_DOWN" }
    }

    func add(_ error: KafkaError) { inbox.withLock { $0.errors.append(error) } }

    /// The error with what is wrong with the broker's certificate, which librdkafka does not say.
    private func explained(_ error: KafkaError) -> KafkaError {
        guard error.code == RD_KAFKA_RESP_ERR__SSL.rawValue, let problem = certificateProblem.withLock({ $0 }) else {
            return error
        }
        return error.adding(problem)
    }

    /// Notes why a certificate is refused. What OpenSSL found is not changed.
    private func watchCertificates(in configuration: OpaquePointer) {
        // Fails only where librdkafka was built without TLS.
        _ = rd_kafka_conf_set_ssl_cert_verify_cb(configuration) { _, _, _, code, _, _, _, _, _, opaque in
            guard let code = code?.pointee, code != 0 else { return 1 }
            ClientContext.from(opaque).certificateProblem.withLock { $0 = CertificateProblem.text(code) }
            return 0
        }
    }

    /// - Parameter verifiesCertificates: whether a broker's certificate has to be good.
    func install(in configuration: OpaquePointer, for role: Client.Role, verifiesCertificates: Bool) {
        if verifiesCertificates { watchCertificates(in: configuration) }
        rd_kafka_conf_set_log_cb(configuration) { client, level, facility, message in
            // Lines written before there is a client have no context to go to.
            guard let client, let facility, let message else { return }
            let context = ClientContext.from(rd_kafka_opaque(client))
            context.logHandler?(Int(level), String(cString: facility), context.shown(message))
        }
        rd_kafka_conf_set_error_cb(configuration) { client, code, reason, opaque in
            let context = ClientContext.from(opaque)
            let error = KafkaError(
                rd_kafka_resp_err_t(code),
                during: "client",
                reason: reason.map { context.shown($0) },
                client: client
            )
            context.add(context.explained(error))
            // Makes the poll return now: its caller may wish to act. A producer's does so anyway, and there a yield
            // would end a flush with records still waiting.
            if rd_kafka_type(client) == RD_KAFKA_CONSUMER { rd_kafka_yield(client) }
        }
        if statisticsHandler != nil {
            rd_kafka_conf_set_stats_cb(configuration) { _, json, count, opaque in
                let bytes = [UInt8](UnsafeRawBufferPointer(start: json, count: count))
                ClientContext.from(opaque).statisticsHandler?(bytes)
                // librdkafka frees its text.
                return 0
            }
        }
        switch role {
        case .producer: installDeliveryReports(in: configuration)
        case .consumer: installGroup(in: configuration)
        }
    }

    private func installDeliveryReports(in configuration: OpaquePointer) {
        rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, opaque in
            guard let message else { return }
            ClientContext.from(opaque).inbox.withLock { inbox in
                let topic = inbox.topic.name(of: message.pointee.rkt)
                inbox.deliveries.append(DeliveryReport(of: message, topic: topic))
            }
        }
    }

    private func installGroup(in configuration: OpaquePointer) {
        if watchesJoining { watchJoining(in: configuration) }
        rd_kafka_conf_set_rebalance_cb(configuration) { client, event, partitions, opaque in
            guard let client else { return }
            ClientContext.from(opaque).rebalance(client, event, partitions)
            rd_kafka_yield(client)
        }
    }

    /// Takes an event from a queue that is served without callbacks, as that of a consumer which closes.
    func take(_ event: OpaquePointer, of client: OpaquePointer) {
        let code = rd_kafka_event_error(event)
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_REBALANCE:
            rebalance(client, code, rd_kafka_event_topic_partition_list(event))
        case RD_KAFKA_EVENT_ERROR:
            let reason = rd_kafka_event_error_string(event).map { shown($0) }
            add(KafkaError(code, during: "client", reason: reason, client: client))
        default:
            break  // records that are not waited for any more
        }
    }

    /// Follows librdkafka's protocol: the callback must assign or unassign before it returns. The hook sees partitions
    /// while they are ours: after the assign, before the unassign.
    private func rebalance(
        _ client: OpaquePointer,
        _ event: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        let isIncremental = strcmp(rd_kafka_rebalance_protocol(client), "COOPERATIVE") == 0
        let partitions = list.map(PartitionList.partitions) ?? []
        let isAssignment = event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS
        if isAssignment { hasBeenAssigned.store(true, ordering: .releasing) }
        if event == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS {
            rebalanced(rd_kafka_assignment_lost(client) != 0 ? .lost(partitions) : .revoked(partitions))
            inbox.withLock { $0.revoked.formUnion(partitions) }
        } else if !isAssignment {
            add(KafkaError(event, during: "rebalance of the group", client: client))
            // All of them are unassigned below.
            let lost = Self.assignment(of: client)
            rebalanced(.lost(lost))
            inbox.withLock { $0.revoked.formUnion(lost) }
        }
        // Whether a partition that comes back is still paused depends on when it went. After the assignment is too late:
        // a resumption could overtake the order to begin.
        if isAssignment {
            let resumed = PartitionList(partitions)
            rd_kafka_resume_partitions(client, resumed.pointer)
        }
        let error: KafkaError?
        let operation = "\(isAssignment ? "assignment" : "release") of \(partitions.summary)"
        if isIncremental, isAssignment || event == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS {
            let call = isAssignment ? rd_kafka_incremental_assign : rd_kafka_incremental_unassign
            error = call(client, list).map { KafkaError(owning: $0, during: operation) }
        } else {
            let code = rd_kafka_assign(client, isAssignment ? list : nil)
            error = code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaError(code, during: operation, client: client)
        }
        if let error {
            add(error)
        } else if isAssignment {
            rebalanced(.assigned(partitions))
        }
    }

    private static func assignment(of client: OpaquePointer) -> [TopicPartition] {
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        guard rd_kafka_assignment(client, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
        return PartitionList(owning: list).partitions
    }

    static func from(_ opaque: UnsafeMutableRawPointer?) -> ClientContext {
        guard let opaque else { preconditionFailure("a client without its context") }
        return Unmanaged<ClientContext>.fromOpaque(opaque).takeUnretainedValue()
    }
}
