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
        let started = Mutex<Worker?>(nil)
        let state = SignalWatch(SIGUSR1) { started.withLock { $0 }?.logState() }
        defer { state.end() }
        let model = try Model(settings: settings, environment: Environment.all)
        let worker = try Worker(settings: settings, model: model, log: log)
        started.withLock { $0 = worker }
        // The watch's queue may let its handler go after the process has begun to end.
        defer { started.withLock { $0 = nil } }
        try await worker.run(until: stop)
    }
}
