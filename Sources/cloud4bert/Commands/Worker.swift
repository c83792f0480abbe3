// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Logging
import Settings
import Worker

extension Command {
    static let worker = Command(
        name: "worker",
        summary: "tag the texts of Kafka topics: the job"
    ) { invocation in
        Allocator.keepLess()
        try invocation.refuseArguments()
        let settings = try invocation.settings(isForWorker: true)
        let log = Log(settings: settings)
        let stop = StopSignal()
        let signals = Signals { _ in stop.request() }
        defer { withExtendedLifetime(signals) {} }
        let model = try Model(settings: settings, environment: Environment.all)
        let worker = try Worker(settings: settings, model: model, log: log)
        try await worker.run(until: stop)
    }
}
