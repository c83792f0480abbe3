// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Glibc
import Logging
import Settings
import Synchronization
import Worker

extension Command {
    static let worker = Command(
        name: "worker",
        summary: "tag the texts of Kafka topics: the job",
        examples: [
            "--config worker.properties",
            "--bootstrap.servers localhost:9092 --input.topics comments --output.topic comments.sentiment",
        ]
    ) { invocation in
        Allocator.keepLess()
        try invocation.refuseArguments()
        let settings = try invocation.settings(isForWorker: true)
        let log = Log(settings: settings)
        let stop = StopSignal()
        let signals = Signals { _ in stop.request() }
        defer { withExtendedLifetime(signals) {} }
        // Watched from the beginning: by itself the signal would end a worker that is not there yet.
        let started = Mutex<(worker: Worker?, isToReload: Bool)>((nil, false))
        let state = SignalWatch(SIGUSR1) { started.withLock { $0.worker }?.logState() }
        defer { state.end() }
        // One that comes before the worker is there has it read the settings again then.
        let reload = SignalWatch(SIGHUP) {
            let worker = started.withLock { started in
                started.isToReload = started.worker == nil
                return started.worker
            }
            worker?.reload()
        }
        defer { reload.end() }
        let worker = try makeWorker(settings, log) { try invocation.settings() }
        let isToReload = started.withLock { started in
            started.worker = worker
            return started.isToReload
        }
        if isToReload { worker.reload() }
        // The watch's queue may let its handler go after the process has begun to end.
        defer { started.withLock { $0.worker = nil } }
        try await worker.run(until: stop)
    }

    /// The model is the worker's alone: another may take over, and this one is to go then.
    private static func makeWorker(
        _ settings: Settings,
        _ log: Log,
        reread: @escaping @Sendable () throws -> Settings
    ) throws -> Worker {
        try Worker(
            settings: settings,
            model: Model(settings: settings, environment: Environment.all),
            log: log,
            manager: manager(log),
            reread: reread
        )
    }

    /// Where the service manager that has started this process listens; nil where none does.
    private static func manager(_ log: Log) -> NotifySocket? {
        guard let path = Environment.all["NOTIFY_SOCKET"], !path.isEmpty else { return nil }
        do throws(NotifySocket.Failure) {
            return try NotifySocket(path)
        } catch {
            log.warning("NOTIFY_SOCKET cannot be used", ["reason": error.reason])
            return nil
        }
    }
}
