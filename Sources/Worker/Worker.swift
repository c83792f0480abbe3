// SPDX-License-Identifier: Apache-2.0
public import Bert
internal import Kafka
internal import Synchronization

/// The job: text events in from Kafka, tagged records out to Kafka.
///
/// ```
/// Consumer.poll → Decode → Tokenizer → Batcher → Encoder → Tag → Sequencer → Producer → delivery → OffsetTracker → commit
/// └──────────── thread c4b-intake ────────────┘ └ threads c4b-encode ┘ └──────────── thread c4b-publish ────────────────┘
/// ```
///
/// Each of `consumer.workers` lanes has a consumer with its intake and a producer with its publisher; all lanes share
/// the encoders. The stages are pure (`Decode`, `Batcher`, `Tag`, and `Flow` with its `Sequencer` and `OffsetTracker`);
/// the threads below carry out what they decide. A record's way ends when its result is acknowledged: only then may its
/// offset be committed, by `Publisher`. For exactly once `TransactionalPublisher` takes its place, with which results and
/// offsets are committed together.
public final class Worker: Sendable {
    private let settings: Settings
    private let rules: Rules
    private let pool: EncoderPool
    private let lanes: [Connected]
    private let classifiers: [Handed]
    private let inputPartitions: Int
    private let metrics: FlowMetrics
    private let server: MetricsServer
    private let log: Log
    /// Bytes that the process took before there were encoders.
    private let resident: Int

    /// Makes what one encoder thread runs.
    typealias ClassifierMaker = @Sendable () throws(ModelError) -> any BatchClassifier

    /// A classifier on its way to the encoder thread that alone uses it.
    private struct Handed: @unchecked Sendable { let classifier: any BatchClassifier }

    /// A lane with its two clients.
    private final class Connected: Sendable {
        let lane: Lane
        let consumer: Consumer
        let producer: Producer
        /// Makes another producer like this one, for when it is of no use any more.
        let makeProducer: @Sendable () throws(KafkaError) -> Producer
        /// Whether the producer may begin transactions.
        let isStarted = Atomic(false)

        init(
            lane: Lane,
            consumer: Consumer,
            producer: Producer,
            makeProducer: @escaping @Sendable () throws(KafkaError) -> Producer
        ) {
            (self.lane, self.consumer, self.producer, self.makeProducer) = (lane, consumer, producer, makeProducer)
        }

        /// Tries whether transactions can be had, so that one who may not have them learns it before anything is read. What
        /// may pass by itself the publisher waits for.
        func startTransactions(_ settings: Settings, timeout: Duration) throws(WorkerError) {
            do throws(KafkaError) {
                try producer.initTransactions(timeout: timeout)
                isStarted.store(true, ordering: .releasing)
            } catch {
                guard error.isRetriable else { throw settings.failure(error) }
            }
        }
    }

    /// Checks the settings, opens the HTTP port, and makes sure that Kafka and the topics are there.
    ///
    /// - Parameter brokerTimeout: a broker that has not answered by then is called unavailable.
    public convenience init(
        settings: Settings,
        model: Model,
        log: Log,
        brokerTimeout: Duration = .seconds(10)
    ) throws(WorkerError) {
        let classifier: ClassifierMaker = { () throws(ModelError) in try Classifier(model: model) }
        try self.init(settings: settings, model: model, log: log, brokerTimeout: brokerTimeout, classifier: classifier)
    }

    init(
        settings: Settings,
        model: Model,
        log: Log,
        brokerTimeout: Duration = .seconds(10),
        classifier: @escaping ClassifierMaker
    ) throws(WorkerError) {
        do throws(SettingsError) { try settings.checkForWorker() } catch { throw .settings(error) }
        resident = ProcessMetrics.residentBytes ?? 0
        // One for each thread, before anything is read.
        do throws(ModelError) {
            var classifiers: [Handed] = []
            for _ in 0..<settings.encoderThreadCount { classifiers.append(Handed(classifier: try classifier())) }
            self.classifiers = classifiers
        } catch {
            throw .model(error)
        }
        self.settings = settings
        self.log = log
        rules = Rules(settings: settings, model: model)
        let metrics = FlowMetrics(model: rules.output.model, encoders: classifiers.count)
        self.metrics = metrics
        pool = EncoderPool(
            batcher: Batcher(settings: settings),
            cache: ScoreCache(maxBytes: settings[Settings.cacheMaxBytes]),
            rules: rules,
            metrics: metrics
        )
        server = try MetricsServer(settings[Settings.httpAddress]) { path in metrics.page(path) }
        do throws(KafkaError) {
            var lanes: [Connected] = []
            for index in 0..<settings[Settings.consumerWorkers] {
                let id = settings.transactionalID(lane: index, host: hostName(), http: server.address)
                lanes.append(try Self.connect(settings, transactionalID: id, metrics, log))
            }
            self.lanes = lanes
        } catch {
            throw settings.failure(error)
        }
        inputPartitions = try TopicCheck(settings: settings, timeout: brokerTimeout)
            .run(lanes[0].consumer, lanes[0].producer)
        if let remark = Self.shortcoming(of: lanes[0].producer, for: settings, timeout: brokerTimeout) {
            log.warning(remark)
        }
        if settings[Settings.deliveryGuarantee] == .exactlyOnce {
            for connected in lanes { try connected.startTransactions(settings, timeout: brokerTimeout) }
        }
        metrics.observe(lanes.map { ($0.lane, $0.consumer) })
    }

    /// Where `/metrics`, `/livez` and `/readyz` are.
    public var httpAddress: HostPort { server.address }

    /// Whether all consumers are members of their group and the worker is not stopping.
    public var isReady: Bool { metrics.unreadiness == nil }

    /// What the encoders have done so far.
    public var work: EncoderWork { metrics.work }

    /// Where all records are: `consumed` are those that have `ended`, with a result or without, and those in flight.
    var accounts: (consumed: Int, ended: Int, inFlight: Int) {
        let accounts = lanes.map { $0.lane.state.withLock { $0.flow.account } }
        return (
            accounts.reduce(0) { $0 + $1.counts.consumed },
            accounts.reduce(0) { $0 + $1.counts.ended },
            accounts.reduce(0) { $0 + $1.inFlightRecords }
        )
    }

    /// All metrics, as they are served.
    var metricsText: String { metrics.text }

    /// Runs until `stop` is given and what is in flight is drained, or until it cannot go on.
    public func run(until stop: StopSignal) async throws(WorkerError) {
        let threads: WorkerThreads
        do throws(ThreadLimit) {
            threads = try WorkerThreads(encoders: classifiers.count, lanes: lanes.count)
        } catch {
            throw .threads(error)
        }
        // The model was found to have a classifier before the worker was made.
        let memory = try? MemoryBound(
            settings: settings,
            model: rules.tag.model,
            encoders: classifiers.count,
            partitions: inputPartitions,
            resident: resident
        )
        log.info(
            "started",
            [
                "model": rules.output.model.name, "encoders": "\(classifiers.count)", "http": "\(server.address)",
                "delivery": settings[Settings.deliveryGuarantee].rawValue,
                "memory_bound_mib": memory.map { "\($0.bytes >> 20)" } ?? "unknown",
            ]
        )
        let leftOut = InputTopics(settings: settings).leftOut.joined(separator: ",")
        if !leftOut.isEmpty { log.info("input.topics leaves out what this worker writes to", ["topics": leftOut]) }
        let failure = await withTaskGroup(of: Void.self, returning: WorkerError?.self) { services in
            services.addTask(executorPreference: threads.http) { self.server.serve() }
            for (thread, handed) in zip(threads.encoders, classifiers) {
                services.addTask(executorPreference: thread) { self.pool.encode(with: handed.classifier) }
            }
            let failure = await self.runLanes(threads, stop)
            self.pool.close()
            self.server.stop()
            return failure
        }
        log.info("stopped")
        if let failure { throw failure }
    }

    /// Runs all lanes to their end; the first one that fails has the others stop too.
    private func runLanes(_ threads: WorkerThreads, _ stop: StopSignal) async -> WorkerError? {
        await withTaskGroup(of: WorkerError?.self) { group in
            for (connected, own) in zip(lanes, threads.lanes) {
                group.addTask(executorPreference: own.intake) { self.take(connected, stop) }
                group.addTask(executorPreference: own.publish) { self.publish(connected, stop) }
                group.addTask(executorPreference: own.watch) { self.watch(connected) }
            }
            var first: WorkerError?
            for await failure in group { first = first ?? failure }
            return first
        }
    }

    // MARK: The threads

    private func take(_ connected: Connected, _ stop: StopSignal) -> WorkerError? {
        var intake = Intake(
            consumer: connected.consumer,
            lane: connected.lane,
            pool: pool,
            rules: rules,
            topics: settings[Settings.inputTopics],
            stop: stop,
            shutdownTimeout: settings[Settings.shutdownTimeout],
            metrics: metrics,
            log: log
        )
        defer { connected.lane.close() }
        return ending(stop) { () throws(WorkerError) in try intake.run() }
    }

    private func publish(_ connected: Connected, _ stop: StopSignal) -> WorkerError? {
        switch settings[Settings.deliveryGuarantee] {
        case .atLeastOnce:
            var publisher = Publisher(
                producer: connected.producer,
                consumer: connected.consumer,
                lane: connected.lane,
                rules: rules,
                commitInterval: settings[Settings.commitInterval],
                metrics: metrics,
                log: log
            )
            return ending(stop) { () throws(WorkerError) in try publisher.run() }
        case .exactlyOnce:
            var publisher = TransactionalPublisher(
                producer: TransactionalProducer(
                    producer: connected.producer,
                    isStarted: connected.isStarted.load(ordering: .acquiring),
                    make: connected.makeProducer,
                    lane: connected.lane,
                    timeout: settings.transactionTimeout,
                    metrics: metrics,
                    log: log
                ),
                consumer: connected.consumer,
                lane: connected.lane,
                rules: rules,
                commitInterval: settings[Settings.commitInterval],
                metrics: metrics,
                log: log
            )
            return ending(stop) { () throws(WorkerError) in try publisher.run() }
        }
    }

    private func watch(_ connected: Connected) -> WorkerError? {
        var watch = LaneWatch(
            lane: connected.lane,
            consumer: connected.consumer,
            topic: settings[Settings.outputTopic],
            stallTimeout: settings[Settings.stallTimeout],
            metrics: metrics,
            log: log
        )
        watch.run()
        return nil
    }

    /// Runs a thread's loop; if it fails, everything is to stop.
    private func ending(_ stop: StopSignal, _ loop: () throws(WorkerError) -> Void) -> WorkerError? {
        do throws(WorkerError) {
            try loop()
            return nil
        } catch let failure {
            let error = settings.explained(failure)
            log.error("cannot go on", ["error": error.description])
            stop.request()
            return error
        }
    }

    private static func connect(
        _ settings: Settings,
        transactionalID id: String,
        _ metrics: FlowMetrics,
        _ log: Log
    ) throws(KafkaError) -> Connected {
        let isTransactional = settings[Settings.deliveryGuarantee] == .exactlyOnce
        let lane = Lane(
            maxRecords: settings[Settings.inflightMaxRecords],
            maxBytes: settings[Settings.inflightMaxBytes],
            isTransactional: isTransactional
        )
        let rebalancing = Rebalancing(
            lane: lane,
            drainTimeout: settings[Settings.drainTimeout],
            metrics: metrics,
            log: log
        )
        let consumer = try Consumer(
            settings: settings.inputProperties,
            onRebalance: rebalancing.handle,
            onLog: log.librdkafka
        )
        rebalancing.attach(consumer)
        let properties = isTransactional ? settings.transactionalProperties(id: id) : settings.producerProperties
        let makeProducer = { @Sendable () throws(KafkaError) in
            try Producer(settings: properties, onLog: log.librdkafka, onEvent: lane.reportsArrived)
        }
        return Connected(lane: lane, consumer: consumer, producer: try makeProducer(), makeProducer: makeProducer)
    }
}
