// SPDX-License-Identifier: Apache-2.0
import Configuration
import HTTP
import Kafka
import Logging
import Settings

/// A consumer worker with its two clients.
final class Connection: Sendable {
    let worker: ConsumerWorker
    let consumer: Consumer
    let producer: Producer
    let source: any RecordSource
    let sink: any RecordSink
    /// The sink, where the delivery is exactly once.
    let transactions: (any TransactionalSink)?
    /// Reads what fronts of partitions have jumped over, where they may.
    let gaps: GapReader?
    /// Whether it reads `priority.topics`, and not the others.
    let isUrgent: Bool
    private let settings: Settings

    /// As many as the settings ask for; needs no broker yet.
    static func all(
        _ settings: Settings,
        http: HostPort,
        metrics: WorkerMetrics,
        health: Health,
        log: Log
    ) throws(WorkerError) -> [Connection] {
        var connections: [Connection] = []
        for index in 0..<settings.consumerCount {
            let id = settings.transactionalID(worker: index, host: hostName(), http: http)
            connections.append(
                try Connection(
                    settings,
                    index: index,
                    isUrgent: index == settings[Settings.consumerWorkers],
                    transactionalID: id,
                    metrics: metrics,
                    health: health,
                    log: log
                )
            )
        }
        return connections
    }

    /// Starts the clients; needs no broker yet.
    /// - Parameter index: which of the worker's connections it is.
    init(
        _ settings: Settings,
        index: Int,
        isUrgent: Bool,
        transactionalID id: String,
        metrics: WorkerMetrics,
        health: Health,
        log: Log
    ) throws(WorkerError) {
        let isTransactional = settings[Settings.deliveryGuarantee] == .exactlyOnce
        let worker = ConsumerWorker(
            AssignedPartitions(
                maxRecords: settings[Settings.inflightMaxRecords],
                maxBytes: settings[Settings.inflightMaxBytes],
                catchUpAfter: settings[Settings.catchUp] == .newestFirst ? settings[Settings.catchUpAfter] : nil
            ),
            settings.delivery
        )
        let rebalancing = RebalanceHandler(
            worker: worker,
            drainTimeout: settings[Settings.drainTimeout],
            metrics: metrics,
            health: health,
            log: log
        )
        let properties = isTransactional ? settings.transactionalProperties(id: id) : settings.producerProperties
        let clients = metrics.kafkaClients
        let makeProducer = { @Sendable () throws(KafkaError) in
            try Producer(
                settings: KafkaClients.counting(properties),
                onLog: log.librdkafka,
                onEvent: worker.reportsArrived,
                onStatistics: clients.handler(.producer, of: index)
            )
        }
        do throws(KafkaError) {
            consumer = try Consumer(
                settings: KafkaClients.counting(settings.inputProperties),
                onRebalance: rebalancing.handle,
                onLog: log.librdkafka,
                onStatistics: clients.handler(.consumer, of: index)
            )
            producer = try makeProducer()
        } catch {
            throw settings.failure(error)
        }
        self.worker = worker
        self.settings = settings
        let gapProperties = settings.gapProperties
        gaps =
            settings[Settings.catchUp] == .newestFirst
            ? GapReader { () throws(KafkaError) in try Consumer(settings: gapProperties, onLog: log.librdkafka) } : nil
        let topics = InputTopics(settings: settings)
        self.isUrgent = isUrgent
        source = GroupSource(consumer: consumer, topics: isUrgent ? topics.urgent : topics.ordinary)
        if isTransactional {
            let sink = TransactionalTopicSink(producer, of: consumer, makeProducer: makeProducer)
            (self.sink, transactions) = (sink, sink)
        } else {
            (sink, transactions) = (TopicSink(producer: producer), nil)
        }
    }

    /// Tries whether transactions can be had, where the delivery is exactly once, so that a worker that may not have them says
    /// so before anything is read. What may pass by itself the delivery waits for.
    func startTransactions(timeout: Duration) throws(WorkerError) {
        guard transactions != nil else { return }
        do throws(KafkaError) {
            try producer.initTransactions(timeout: timeout)
            worker.transactionsStarted()
        } catch {
            guard error.isRetriable else { throw settings.failure(error) }
        }
    }
}

extension Settings {
    /// Publishes and commits as `delivery.guarantee` says.
    fileprivate var delivery: any Delivery {
        let deadLetter = DeadLetter(settings: self)
        return switch self[Settings.deliveryGuarantee] {
        case .atLeastOnce:
            AtLeastOnceDelivery(deadLetter: deadLetter, commitInterval: self[Settings.commitInterval], at: .now)
        case .exactlyOnce:
            TransactionDelivery(
                deadLetter: deadLetter,
                commitInterval: self[Settings.commitInterval],
                timeout: transactionTimeout,
                at: .now
            )
        }
    }
}
