// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Foundation
import HTTP
import Settings
import TestSupport
import Threading
import WorkerTestSupport

@testable import Worker

/// Scoring by HTTP as a worker has it, without Kafka: a port, the thread that reads requests, and an encoder at a gate.
final class ScoringFixture: Sendable {
    static let token = "s3cret-token"

    let version: ModelVersion
    let gate = EncoderGate()
    let metrics = ScoringMetrics()
    let scoring: Scoring
    let services: [String: ScoringService]
    private let pool: EncoderPool
    private let server: HTTPServer
    private let stop = StopSignal()
    private let ended = Monitor(false)

    var address: HostPort { server.address }

    init(_ flags: [String: String] = [:], timeout: Duration = Looks.patience) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)")
        try Data("\(Self.token)\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let own = [
            "http.scoring": "on", "http.scoring.timeout": "250s", "encoder.threads": "1", "text.max.tokens": "32",
        ]
        var flags = own.merging(flags) { $1 }
        if flags["http.token"] != nil {
            flags["http.token"] = nil
            flags["http.token.file"] = file.path
        }
        let settings = try testSettings(flags)
        let model = try testModel()
        let version = try ModelVersion(settings: settings, model: model) { [gate] () throws(FileError) in
            GatedClassifier(classifier: try Classifier(model: model), gate: gate)
        }
        let live = LiveModel(version, settings)
        let health = Health()
        let all = WorkerMetrics(live: live, encoders: 1, health: health, scoring: metrics)
        pool = EncoderPool(
            batcher: Batcher(settings: settings),
            explanations: Explanations(settings: settings),
            output: Output(settings: settings),
            deadLetter: DeadLetter(settings: settings),
            metrics: all
        )
        scoring = Scoring(settings: settings, pool: pool, metrics: metrics)
        services = ScoringService.all(scoring, settings: settings, live: live, token: HTTPToken(settings: settings))
        let pages = Pages(metrics: all, health: health, services: services, console: nil)
        server = try HTTPServer(HostPort(host: "127.0.0.1", port: 0)) { pages($0) }
        self.version = version
        let (server, scoring, pool, stop, ended) = (server, scoring, pool, stop, ended)
        Thread { server.serve() }.start()
        Thread { try? pool.encode(as: 0) }.start()
        Thread {
            scoring.run(until: stop, drain: timeout)
            ended.withLock { $0 = true }
            ended.broadcast()
        }.start()
    }

    deinit {
        gate.open()
        pool.close()
        stop.request()
        server.stop()
    }

    /// Sends a request and reads the answer.
    func ask(_ body: String, path: String = PredictAPI.path, _ fields: [String: String] = [:]) throws -> String? {
        try RawClient.ask(address, RawClient.post(path, body, fields))
    }

    /// Sends a request.
    func send(_ body: String, path: String = PredictAPI.path) throws -> RawClient {
        let client = try RawClient(address)
        client.send(RawClient.post(path, body).utf8)
        return client
    }

    /// Waits until so many texts wait for their scores.
    func waitForTexts(_ count: Int) { while metrics.waitingTexts != count { usleep(1_000) } }

    func requestStop() { stop.request() }

    /// Waits until the thread that reads requests has ended.
    func waitForEnd() { ended.wait { $0 ? .done(()) : .wait(until: nil) } }

    /// The scores of a text, as a record's result has them.
    func scores(of text: String) throws -> [LabelScore] {
        let encoding = try version.encoding(of: text)
        var rows: [Float] = []
        try Classifier(model: version.model).appendRows(of: TokenBatch(encoding.sequences), to: &rows)
        return try version.predict(rows[...], of: encoding).ranking
    }
}
