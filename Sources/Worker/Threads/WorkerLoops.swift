// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Files
internal import Kafka
internal import Logging
internal import Settings
internal import Threading

/// What each thread of a worker does until it is to stop, and what becomes of the worker where one of them cannot go on.
///
/// A loop that returns an error has had everything stop.
struct WorkerLoops: Sendable {
    let settings: Settings
    let live: LiveModel
    let pool: EncoderPool
    let connections: Connections
    let scoring: Scoring?
    let metrics: WorkerMetrics
    let health: Health
    let control: Control
    let console: Console
    let log: Log
    /// Where a service manager listens; nil where none does.
    let manager: NotifySocket?
    private let serviceState = Monitor(ServiceState())
    private let encoderError = Monitor<WorkerError?>(nil)

    /// Why an encoder could not go on; nil where none had to stop.
    var encoderFailure: WorkerError? { encoderError.withLock { $0 } }

    func encode(as thread: Int, _ stop: StopSignal) {
        let failure = ending(stop) { () throws(WorkerError) in
            do throws(FileError) { try pool.encode(as: thread) } catch { throw .model(error) }
        }
        guard let failure else { return }
        encoderError.withLock { $0 = $0 ?? failure }
        // What is in flight may wait for this encoder, and would have the consumer workers wait for it.
        for connection in connections.current { connection.worker.fail() }
        scoring?.close()
    }

    func run(_ shadow: Shadow) {
        do throws(FileError) { try shadow.run() } catch {
            // Results do without it.
            log.error("shadow model failed", ["error": error.description])
        }
    }

    /// - Parameter turn: asks to stop, as `stop` does, which fails with the loop.
    func take(_ connection: Connection, _ turn: StopSignal, _ stop: StopSignal) -> WorkerError? {
        var intake = Intake(
            source: connection.source,
            worker: connection.worker,
            live: live,
            preparation: Preparation(
                settings: settings,
                output: Output(settings: settings),
                isUrgent: connection.isUrgent
            ),
            pool: pool,
            stop: turn,
            control: control,
            shutdownTimeout: settings[Settings.shutdownTimeout],
            metrics: metrics,
            health: health,
            log: log,
            catchUp: connection.gaps.map { _ in CatchUp(after: settings[Settings.catchUpAfter]) },
            gaps: connection.gaps
        )
        defer { connection.worker.close() }
        return serving(stop) { () throws(WorkerError) in try intake.run() }
    }

    func publish(_ connection: Connection, _ stop: StopSignal) -> WorkerError? {
        var loop = DeliveryLoop(
            worker: connection.worker,
            source: connection.source,
            sink: connection.sink,
            transactions: connection.transactions,
            metrics: metrics,
            health: health,
            log: log
        )
        return serving(stop) { () throws(WorkerError) in try loop.run() }
    }

    func watch(_ connection: Connection, _ stop: StopSignal) -> WorkerError? {
        let topic = settings[Settings.outputTopic]
        var watch = HealthWatch(
            worker: connection.worker,
            source: connection.source,
            ask: { (timeout) throws(KafkaError) in _ = try connection.consumer.partitions(of: topic, timeout: timeout)
            },
            askEnd: { (partition, timeout) throws(KafkaError) in
                try connection.consumer.watermarks(of: partition, timeout: timeout).high
            },
            stallTimeout: settings[Settings.stallTimeout],
            metrics: metrics,
            health: health,
            control: control,
            log: log
        )
        // One of the threads that look once a second reads the counters of all.
        let console = connection === connections.current.first ? console : nil
        watch.run {
            console?.read()
            tellManager(stop)
        }
        tellManager(stop)
        return nil
    }

    /// What a watch has looked at, it alone tells: a service manager is not to hear that all is well from a thread that
    /// sees nothing.
    func tellManager(_ stop: StopSignal) {
        guard let manager else { return }
        let lag = LagForecast(health.statuses).records
        serviceState.withLock { state in
            _ = manager.send(
                state.notice(
                    isAlive: health.unliveness() == nil,
                    isStopping: stop.isRequested,
                    unreadiness: health.unreadiness,
                    lag: lag
                )
            )
        }
    }

    /// Runs the loop of a connection's thread. Clients that are refused have others take their place, if these may come;
    /// if anything else fails, everything is to stop.
    private func serving(_ stop: StopSignal, _ loop: () throws(WorkerError) -> Void) -> WorkerError? {
        ending(stop) { () throws(WorkerError) in
            do throws(WorkerError) {
                try loop()
            } catch {
                guard error.isRefusal, connections.refused() else { throw error }
                health.draining()
                log.warning("clients are refused; others are to take their place", ["error": error.description])
            }
        }
    }

    /// Runs a thread's loop; if it fails, everything is to stop.
    private func ending(_ stop: StopSignal, _ loop: () throws(WorkerError) -> Void) -> WorkerError? {
        do throws(WorkerError) {
            try loop()
            return nil
        } catch {
            return fail(error, stop)
        }
    }

    /// Logs why the worker cannot go on, and has everything stop.
    func fail(_ failure: WorkerError, _ stop: StopSignal) -> WorkerError {
        let error = settings.explained(failure)
        log.error("worker failed", ["error": error.description])
        stop.request()
        return error
    }
}
