// SPDX-License-Identifier: Apache-2.0
public import Bert
public import Configuration
import Files
public import HTTP
internal import Kafka
public import Logging
public import Settings
import Threading

/// The job: text events in from Kafka, tagged records out to Kafka.
///
/// ```
/// RecordSource → Intake → Decode → Batcher → EncoderPool → Predict → Output → Sequencer → RecordSink → OffsetTracker → commit
/// └──── thread c4b-intake ────┘  └─ threads c4b-encode-0…n, one pool ─┘  └──────────── thread c4b-publish ────────────┘
///
/// thread c4b-watch: HealthWatch → Health      thread c4b-http: HTTPServer ← WorkerMetrics, Health
/// thread c4b-shadow: Shadow ← EncoderPool     (where there is a model on trial)
/// thread c4b-reload: Reloader → LiveModel → Intake, Scoring
/// thread c4b-secrets: SecretWatch → Connections     (where files hold secrets or certificates)
/// thread c4b-scoring: HTTPServer → Scoring → Batcher → EncoderPool → HTTPServer     (where texts are scored by HTTP, too)
/// ```
///
/// Each of `consumer.workers` has a consumer with its intake, and a producer with its delivery; all share the encoders. So
/// has `priority.topics`: what holds the others up, records in flight or fetched ahead, is no matter to those.
/// One value travels, `InFlight`, and each stage adds what it finds. The stages are pure (`Decode`, `Batcher`, `Predict`,
/// `Output`, `Sequencer`, `OffsetTracker`), and so is what decides on publishing and committing: `AtLeastOnceDelivery`, or
/// `TransactionDelivery` for exactly once. Threads carry out what they say. A record's way ends when its messages are
/// acknowledged: only then may its offset be committed.
public final class Worker: Sendable {
    private let settings: Settings
    let live: LiveModel
    private let reloader: Reloader
    private let pool: EncoderPool
    private let connections: Connections
    private let secrets: SecretWatch
    private let encoders: Int
    /// Bytes that the process took before there were encoders.
    private let resident: Int
    private let inputPartitions: Int
    private let shadow: Shadow?
    private let scoring: Scoring?
    private let metrics: WorkerMetrics
    private let health: Health
    private let server: HTTPServer
    private let control: Control
    private let log: Log
    private let loops: WorkerLoops

    /// Checks the settings, opens the HTTP port, and makes sure that Kafka and the topics are there.
    ///
    /// - Parameters:
    ///   - manager: is told when the worker is ready, how it is, and that it stops.
    ///   - brokerTimeout: a broker that has not answered by then is called unavailable.
    ///   - reread: the settings as they are when another model is to take over; nil where they stay the same.
    public convenience init(
        settings: Settings,
        model: Model,
        log: Log,
        manager: NotifySocket? = nil,
        brokerTimeout: Duration = .seconds(10),
        reread: (@Sendable () throws -> Settings)? = nil
    ) throws(WorkerError) {
        try self.init(
            settings: settings,
            model: model,
            log: log,
            manager: manager,
            brokerTimeout: brokerTimeout,
            reread: reread
        ) { (model) throws(FileError) in try Classifier(model: model) }
    }

    init(
        settings: Settings,
        model: Model,
        log: Log,
        manager: NotifySocket? = nil,
        brokerTimeout: Duration = .seconds(10),
        reread: (@Sendable () throws -> Settings)? = nil,
        secretInterval: Duration = .seconds(5),
        classifier: @escaping @Sendable (Model) throws(FileError) -> any BatchClassifier
    ) throws(WorkerError) {
        // What the settings alone say is known before more models are loaded.
        do throws(SettingsError) { try settings.checkForWorker() } catch { throw .settings(error) }
        let more: [NamedModel]
        do throws(FileError) { more = try settings.moreModels(beside: model) } catch { throw .model(error) }
        let version: ModelVersion
        do throws(SettingsError) {
            version = try ModelVersion(forWorker: settings, model: model, more: more) { () throws(FileError) in
                try classifier(model)
            }
        } catch {
            throw .settings(error)
        }
        self.settings = settings
        self.log = log
        let shadow = try Shadow(settings: settings, beside: model)
        self.shadow = shadow
        if version.drift?.isOfOtherModel == true { log.warning(DriftMonitor.ofOtherModel) }
        resident = ProcessMetrics.residentBytes ?? 0
        // One for each thread; whether they can be made is to be known before anything is read.
        encoders = settings.encoderThreadCount
        do throws(FileError) { try version.reserve(encoders) } catch { throw .model(error) }
        let live = LiveModel(version, settings)
        self.live = live
        let health = Health(maxPollInterval: .milliseconds(settings.maxPollInterval))
        self.health = health
        let control = Control()
        self.control = control
        let scoringMetrics = settings[Settings.httpScoring] == .on ? ScoringMetrics() : nil
        let metrics = WorkerMetrics(
            live: live,
            build: BuildInfo(instructionSet: model.kernels.instructionSet),
            encoders: encoders,
            maxBatchTokens: settings[Settings.batchMaxTokens],
            health: health,
            control: control,
            shadow: shadow,
            scoring: scoringMetrics
        )
        self.metrics = metrics
        let sample = RecordSample(showsText: settings[Settings.consoleShowText] == .shown)
        let recent = RecentTexts()
        let pool = EncoderPool(
            batcher: Batcher(settings: settings),
            explanations: Explanations(settings: settings),
            output: Output(settings: settings),
            deadLetter: DeadLetter(settings: settings),
            metrics: metrics,
            shadow: shadow,
            sample: sample,
            recent: recent
        )
        self.pool = pool
        let read = reread ?? { settings }
        let reload = ModelReload(
            live: live,
            recent: recent,
            shadow: shadow,
            encoders: encoders,
            read: read,
            classifier: classifier
        )
        let reloader = Reloader(metrics: metrics.reloads, log: log) { try reload(isStopped: $0) }
        self.reloader = reloader
        let scoring = scoringMetrics.map { Scoring(settings: settings, pool: pool, metrics: $0) }
        self.scoring = scoring
        let token = HTTPToken(settings: settings)
        let access = PortAccess(token: token, address: settings[Settings.httpAddress])
        var services: [String: any HTTPService] = ControlService.all(control, reloader, access: access, log: log)
        if let scoring {
            services.merge(ScoringService.all(scoring, settings: settings, live: live, token: token)) { $1 }
        }
        let console = Console(
            sample: sample,
            access: access,
            metrics: metrics,
            health: health,
            control: control
        )
        let pages = Pages(metrics: metrics, health: health, services: services, console: console)
        server = try HTTPServer(settings[Settings.httpAddress], pages)
        let connect = { @Sendable [http = server.address] (settings: Settings) throws(WorkerError) in
            try Connection.all(settings, http: http, metrics: metrics, health: health, log: log)
        }
        let paths = settings.clientSecretFiles
        let clientFiles = SecretWatch.Files(paths, of: settings)
        let first = try connect(settings)
        let connections = Connections(Connections.Generation(connections: first, files: clientFiles))
        self.connections = connections
        let check = TopicCheck(settings: settings, timeout: brokerTimeout)
        inputPartitions = try check.run(first[0].consumer, first[0].producer)
        if let remark = Self.shortcoming(of: first[0].producer, for: settings, timeout: brokerTimeout) {
            log.warning(remark)
        }
        for connection in first { try connection.startTransactions(timeout: brokerTimeout) }
        health.observe(first.map { ($0.worker, $0.source) })
        loops = WorkerLoops(
            settings: settings,
            live: live,
            pool: pool,
            connections: connections,
            scoring: scoring,
            metrics: metrics,
            health: health,
            control: control,
            console: console,
            log: log,
            manager: manager
        )
        secrets = SecretWatch(
            [
                SecretWatch.Use(files: clientFiles) { read in
                    let files = SecretWatch.Files(paths, of: read)
                    do throws(WorkerError) {
                        let next = try connect(settings.renewed(from: read))
                        // Who is refused does not take the place of who is not.
                        for connection in next { try check.run(connection.consumer, connection.producer) }
                        connections.replace(by: Connections.Generation(connections: next, files: files))
                    } catch {
                        if error.isRefusal { connections.othersRefused(error, with: files) }
                        throw error
                    }
                },
                SecretWatch.Use(files: SecretWatch.Files(settings.tokenFile.map { [$0] } ?? [], of: settings)) {
                    try token.renew(from: $0)
                },
            ],
            metrics: metrics.renewals,
            interval: secretInterval,
            log: log,
            read: read
        )
    }

    /// Where `/metrics`, `/livez` and `/readyz` are.
    public var httpAddress: HostPort { server.address }

    /// Whether all consumers are members of their group and the worker is not stopping.
    public var isReady: Bool { health.unreadiness == nil }

    /// What the encoders have done so far.
    public var work: EncoderWork { metrics.work }

    /// Where all records are: `consumed` are those that have `ended`, with a result or without, and those in flight.
    var accounts: (consumed: Int, ended: Int, inFlight: Int) {
        let accounts = connections.current.map(\.worker.account)
        return (
            accounts.reduce(0) { $0 + $1.counts.consumed },
            accounts.reduce(0) { $0 + $1.counts.ended },
            accounts.reduce(0) { $0 + $1.inFlightRecords }
        )
    }

    /// How often other clients have taken the place of those that were there.
    var clientNumber: Int { connections.number }

    /// All metrics, as they are served.
    var metricsText: String { metrics.text() }

    /// Runs until `stop` is given, or the task is cancelled, and what is in flight is drained; or until it cannot go on.
    public func run(until stop: StopSignal) async throws(WorkerError) {
        let threads: WorkerThreads
        do throws(ThreadLimit) {
            threads = try WorkerThreads(
                encoders: encoders,
                consumerWorkers: connections.current.count,
                hasShadow: shadow != nil,
                hasScoring: scoring != nil,
                hasSecrets: !secrets.isIdle
            )
        } catch {
            throw .threads(error)
        }
        logStart()
        let failure = await withTaskCancellationHandler {
            await self.run(threads, stop)
        } onCancel: {
            stop.request()
        }
        log.info("stopped")
        if let failure { throw failure }
    }

    private func run(_ threads: WorkerThreads, _ stop: StopSignal) async -> WorkerError? {
        await withTaskGroup(of: Void.self, returning: WorkerError?.self) { services in
            services.addTask(executorPreference: threads.http) { self.server.serve() }
            services.addTask(executorPreference: threads.reload) { self.reloader.run() }
            for (index, thread) in threads.encoders.enumerated() {
                services.addTask(executorPreference: thread) { self.loops.encode(as: index, stop) }
            }
            if let shadow, let thread = threads.shadow {
                services.addTask(executorPreference: thread) { self.loops.run(shadow) }
            }
            if let thread = threads.secrets {
                services.addTask(executorPreference: thread) { self.secrets.run() }
            }
            let failure = await self.runConsumerWorkers(threads, stop)
            self.pool.close()
            self.shadow?.close()
            self.reloader.close()
            self.secrets.close()
            self.server.stop()
            return failure ?? self.loops.encoderFailure
        }
    }

    /// Runs all consumer workers to their end; the first one that fails has the others stop too. Who asks for scores has
    /// them before the encoders end.
    private func runConsumerWorkers(_ threads: WorkerThreads, _ stop: StopSignal) async -> WorkerError? {
        await withTaskGroup(of: WorkerError?.self) { group in
            group.addTask { await self.runConnections(threads, stop) }
            if let scoring, let thread = threads.scoring {
                group.addTask(executorPreference: thread) {
                    scoring.run(until: stop, drain: self.settings[Settings.shutdownTimeout])
                    return nil
                }
            }
            var first: WorkerError?
            for await failure in group { first = first ?? failure }
            return first
        }
    }

    /// Runs the connections, and those that take their place.
    private func runConnections(_ threads: WorkerThreads, _ stop: StopSignal) async -> WorkerError? {
        while true {
            let failure = await runTurn(threads, stop)
            if failure != nil || stop.isRequested { return failure }
            // Clients that go may take a while over it.
            let (hasNext, refusal) = await withTaskExecutorPreference(threads.consumerWorkers[0].intake) {
                await self.advance(stop)
            }
            guard hasNext else { return refusal }
        }
    }

    /// Runs the connections that are there to their end.
    private func runTurn(_ threads: WorkerThreads, _ stop: StopSignal) async -> WorkerError? {
        let turn = connections.begin(until: stop)
        return await withTaskGroup(of: WorkerError?.self) { group in
            for (connection, own) in zip(connections.current, threads.consumerWorkers) {
                group.addTask(executorPreference: own.intake) { self.loops.take(connection, turn, stop) }
                group.addTask(executorPreference: own.publish) { self.loops.publish(connection, stop) }
                group.addTask(executorPreference: own.watch) { self.loops.watch(connection, stop) }
            }
            var first: WorkerError?
            for await failure in group { first = first ?? failure }
            return first
        }
    }

    /// Others take the place of connections that have ended, if there are any.
    private func advance(_ stop: StopSignal) async -> (hasNext: Bool, failure: WorkerError?) {
        do throws(WorkerError) {
            guard try connections.advance(until: stop, { loops.tellManager(stop) }) else { return (false, nil) }
        } catch {
            return (false, loops.fail(error, stop))
        }
        health.observe(connections.current.map { ($0.worker, $0.source) })
        log.info("clients renewed")
        return (true, nil)
    }

    private func logStart() {
        let version = live.version
        // The model was found to have a classifier before the worker was made.
        let memory = try? MemoryBound(
            settings: settings,
            models: [version.model] + version.more.map(\.version.model),
            shadow: shadow?.model,
            encoders: encoders,
            partitions: inputPartitions,
            resident: resident
        )
        log.info(
            "started",
            [
                "model": version.tag.name, "encoders": "\(encoders)", "http": "\(server.address)",
                "delivery": settings[Settings.deliveryGuarantee].rawValue,
                "memory_bound_mib": memory.map { "\($0.bytes >> 20)" } ?? "unknown",
            ]
        )
        let leftOut = InputTopics(settings: settings).leftOut.joined(separator: ",")
        if !leftOut.isEmpty { log.info("input.topics leaves out what this worker writes to", ["topics": leftOut]) }
    }

    /// Has the model that the settings name by now take over from the one in use, if nothing is wrong with it; the log tells
    /// what came of it. Returns at once.
    public func reload() { reloader.request() }

    /// Writes where everything is as one line, whatever `log.level` is.
    public func logState() {
        let statuses = health.statuses
        let accounts = statuses.map(\.account)
        func sum(_ value: (AssignedPartitions.Account) -> Int) -> String { "\(accounts.reduce(0) { $0 + value($1) })" }
        let forecast = LagForecast(statuses)
        let lagSeconds = statuses.flatMap(\.progress).compactMap(\.lagSeconds).max()
        log.answer(
            "state",
            [
                "ready": health.unreadiness ?? "yes", "paused": "\(control.isPaused)",
                "assignment": accounts.flatMap(\.assignment).sorted().map(\.description).joined(separator: ","),
                "in_flight": sum(\.inFlightRecords), "in_flight_bytes": sum(\.inFlightBytes),
                "encoding": sum(\.encoding), "queue": "\(pool.state.withLock { $0.batcher.count })",
                "sequencing": sum(\.sequencing),
                "publishing": sum { $0.inFlightRecords - $0.encoding - $0.sequencing },
                "partitions_to_commit": sum(\.due), "behind": sum(\.behind), "lag": "\(forecast.records)",
                "lag_seconds": lagSeconds.map { "\($0)" } ?? "unknown",
                "consumed": sum(\.counts.consumed), "ended": sum(\.counts.ended),
            ]
        )
    }
}
