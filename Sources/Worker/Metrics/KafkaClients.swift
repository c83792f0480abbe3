// SPDX-License-Identifier: Apache-2.0
import Kafka
import Threading

/// What librdkafka counts of a worker's clients, each as it last told it; all clients of one role together.
final class KafkaClients: Sendable {
    private struct Entry {
        let role: Librdkafka.Role
        var json: [UInt8]
        /// Read when it is asked for: most of what is told is told again before that.
        var statistics: ClientStatistics?
    }

    private let entries = Monitor<[Int: Entry]>([:])

    /// A client's properties with which it tells what it counts, every five seconds unless `kafka.statistics.interval.ms` says
    /// otherwise.
    static func counting(_ properties: [String: String]) -> [String: String] {
        properties.merging(["statistics.interval.ms": "5000"]) { given, _ in given }
    }

    /// What takes the statistics of a client. One that replaces another one goes on in its place.
    /// - Parameter worker: which of the consumer workers has it.
    func handler(_ role: Librdkafka.Role, of worker: Int) -> Librdkafka.StatisticsHandler {
        let key = worker * 2 + (role == .consumer ? 0 : 1)
        return { [self] json in entries.withLock { $0[key] = Entry(role: role, json: json) } }
    }

    /// The statistics of all clients of a role.
    private func statistics(of role: Librdkafka.Role) -> [ClientStatistics] {
        let unread = entries.withLock { $0.filter { $1.role == role } }
        return unread.sorted { $0.key < $1.key }.compactMap { key, entry in
            if let known = entry.statistics { return known }
            let statistics = ClientStatistics(entry.json)
            entries.withLock { entries in
                if entries[key]?.json == entry.json { entries[key]?.statistics = statistics }
            }
            return statistics
        }
    }

    func write(to text: inout MetricsText) {
        let roles = Librdkafka.Role.allCases.map { role in (role: role, clients: statistics(of: role)) }
            .filter { !$0.clients.isEmpty }
        guard !roles.isEmpty else { return }
        func each(_ name: String, _ kind: MetricsText.Kind, _ help: String, _ value: ([ClientStatistics]) -> Int) {
            text.metric(name, kind, help, roles.map { ([("client", $0.role.rawValue)], Double(value($0.clients))) })
        }
        each("cloud4bert_kafka_sent_bytes_total", .counter, "Bytes sent to brokers.") { $0.sum(\.txBytes) }
        each("cloud4bert_kafka_received_bytes_total", .counter, "Bytes received from brokers.") { $0.sum(\.rxBytes) }
        each(
            "cloud4bert_kafka_queue_messages",
            .gauge,
            "Messages that wait in librdkafka: fetched and not read, or not acknowledged."
        ) { $0.sum { $0.msgCnt + $0.fetched(\.fetchqCnt) } }
        each("cloud4bert_kafka_queue_bytes", .gauge, "Bytes of these messages.") {
            $0.sum { $0.msgSize + $0.fetched(\.fetchqSize) }
        }
        writeBrokers(roles.flatMap { role, clients in BrokerTotals.all(of: role, clients) }, to: &text)
        let groups = roles.flatMap(\.clients).compactMap(\.cgrp)
        guard !groups.isEmpty else { return }
        text.metric(
            "cloud4bert_kafka_group_rebalances_total",
            .counter,
            "Rebalances of the group that this worker's consumers saw.",
            groups.reduce(0) { $0 + $1.rebalanceCnt }
        )
        text.metric(
            "cloud4bert_kafka_group_rebalance_age_seconds",
            .gauge,
            "Time since the last of them.",
            [([], (groups.map(\.rebalanceAge).min() ?? 0) / 1_000)]
        )
    }

    private func writeBrokers(_ brokers: [BrokerTotals], to text: inout MetricsText) {
        func each(_ name: String, _ kind: MetricsText.Kind, _ help: String, _ value: (BrokerTotals) -> Double) {
            text.metric(name, kind, help, brokers.map { ($0.labels, value($0)) })
        }
        each("cloud4bert_kafka_broker_up", .gauge, "1 where there is a connection.") { $0.isUp ? 1 : 0 }
        each(
            "cloud4bert_kafka_broker_latency_average_seconds",
            .gauge,
            "From a request to its answer, of late; where several clients have the broker, the slowest. Fetches wait for records at the broker."
        ) { $0.average }
        each("cloud4bert_kafka_broker_latency_p99_seconds", .gauge, "The same, of 99 of 100 requests.") { $0.p99 }
        each("cloud4bert_kafka_broker_waiting_requests", .gauge, "Requests not sent or not answered.") {
            Double($0.waiting)
        }
        each("cloud4bert_kafka_broker_errors_total", .counter, "Requests or answers that failed.") {
            Double($0.errors)
        }
        each("cloud4bert_kafka_broker_retries_total", .counter, "Requests sent again.") { Double($0.retries) }
        each("cloud4bert_kafka_broker_timeouts_total", .counter, "Requests without an answer in time.") {
            Double($0.timeouts)
        }
        each("cloud4bert_kafka_broker_disconnects_total", .counter, "Connections that ended.") {
            Double($0.disconnects)
        }
    }
}

/// One broker, over all clients of a role.
private struct BrokerTotals {
    let labels: [(String, String)]
    let isUp: Bool
    /// Seconds.
    let average: Double
    let p99: Double
    let waiting: Int
    let errors: Int
    let retries: Int
    let timeouts: Int
    let disconnects: Int

    private init(_ role: Librdkafka.Role, _ id: Int, _ parts: [ClientStatistics.Broker]) {
        labels = [("client", role.rawValue), ("broker", "\(id)")]
        isUp = parts.contains { $0.state == "UP" }
        average = (parts.map(\.rtt.avg).max() ?? 0) / 1_000_000
        p99 = (parts.map(\.rtt.p99).max() ?? 0) / 1_000_000
        waiting = parts.reduce(0) { $0 + $1.outbufCnt + $1.waitrespCnt }
        errors = parts.reduce(0) { $0 + $1.txerrs + $1.rxerrs }
        retries = parts.reduce(0) { $0 + $1.txretries }
        timeouts = parts.reduce(0) { $0 + $1.reqTimeouts }
        disconnects = parts.reduce(0) { $0 + $1.disconnects }
    }

    static func all(of role: Librdkafka.Role, _ clients: [ClientStatistics]) -> [BrokerTotals] {
        let brokers = clients.flatMap(\.brokers.values).filter { $0.nodeid >= 0 && $0.source != "logical" }
        return Dictionary(grouping: brokers, by: \.nodeid).sorted { $0.key < $1.key }.map { id, parts in
            BrokerTotals(role, id, parts)
        }
    }
}

extension [ClientStatistics] {
    fileprivate func sum(_ value: (ClientStatistics) -> Int) -> Int { reduce(0) { $0 + value($1) } }
}

extension ClientStatistics {
    /// Over all partitions.
    fileprivate func fetched(_ value: (Topic.Partition) -> Int) -> Int {
        topics.values.reduce(0) { $1.partitions.values.reduce($0) { $0 + value($1) } }
    }
}
