// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Foundation
import Kafka
import Settings
import Threading
import Worker

/// Measures the real worker, in a process of its own, on the local cluster: a lone record, a backlog, and paced loads.
///
/// Brokers, load and reader are this process: what they take of the processor is known apart from what the worker takes.
struct FlowBench {
    struct Report: BenchReport {
        struct Load: Encodable {
            /// What share of the backlog's rate was sent; the lone records and the backlog have names instead.
            let load: String
            let recordsPerSecond: Double
            let millisecondsP50: Double
            let millisecondsP99: Double
            let textsPerBatch: Double
            /// Processor time of the worker, by record: in the encoder, in the tokenizer, and in all else.
            let encoderMicrosecondsPerRecord: Double
            let tokenizerMicrosecondsPerRecord: Double
            let otherMicrosecondsPerRecord: Double
            /// Cores that brokers, load and reader kept busy.
            let brokerCores: Double
        }

        let encoderThreads: Int
        let encoderOnlyTextsPerSecond: Double
        /// The backlog's rate to the encoder's alone on those shares of the cores that brokers, load and reader left.
        let flowShare: Double
        let loads: [Load]

        var table: [[String]] {
            let heads = [
                "load", "records/s", "p50 ms", "p99 ms", "texts a batch", "encoder µs", "tokenizer µs", "other µs",
                "broker cores",
            ]
            let rows = loads.map { load in
                [
                    load.load, load.recordsPerSecond.text(1), load.millisecondsP50.text(1),
                    load.millisecondsP99.text(1), load.textsPerBatch.text(1),
                    load.encoderMicrosecondsPerRecord.text(0), load.tokenizerMicrosecondsPerRecord.text(1),
                    load.otherMicrosecondsPerRecord.text(1), load.brokerCores.text(2),
                ]
            }
            return [heads] + rows
        }

        var summary: String? {
            "backlog to encoder alone (\(encoderOnlyTextsPerSecond.text(1)) texts/s), brokers set aside: "
                + "\((flowShare * 100).text(0)) %"
        }
    }

    private let model: Model
    private let texts: [String]
    private let threads: Int
    private let workerArguments: [String]
    /// The local cluster answers a fetch with one batch of each partition, which at a low rate is one record: with few
    /// partitions that would bound how much is read a second.
    private static let partitions = 16
    private static let loneRecordsPerSecond = 50
    /// The local cluster keeps the newest 5 MB of a partition: a faster model gets a backlog that ends sooner.
    private static let backlogPerSecond = 2_000.0
    /// How long a backlog lasts, and a paced load.
    private let seconds: Int

    init(_ invocation: Invocation) throws {
        let settings = try invocation.settings()
        model = try Model(settings: settings, environment: Environment.all)
        threads = settings.encoderThreadCount
        texts =
            invocation.value("texts") == nil
            ? RandomTexts(model: model).texts(count: 1_024, tokens: 42) : try BenchSubject.texts(invocation)
        seconds = try invocation.integer("seconds", in: 1...3_600) ?? 6
        workerArguments = invocation.settingArguments(standard: [("cache.max.bytes", "0")])
    }

    func run() throws -> Report {
        // A backlog first, read as a worker reads; then what is to be answered at once.
        var alone = [try encoderAlone()]
        let backlog = try withWorker(fetchWait: RecordLoad.backlogFetchWait) { load, meter in
            try meter.measure("backlog") {
                for _ in 0..<Int(min(alone[0], Self.backlogPerSecond) * Double(seconds)) { try load.send() }
            }
        }
        alone.append(try encoderAlone())
        let encoderOnly = alone.reduce(0, +) / Double(alone.count)
        let lone = try withWorker(fetchWait: RecordLoad.fetchWait) { load, meter in
            try meter.measure("lone") {
                for _ in 0..<Self.loneRecordsPerSecond * seconds {
                    let before = load.tagged
                    try load.send()
                    while load.tagged == before { usleep(50) }
                }
            }
        }
        // Each with a cluster of its own, which looks for a record by going through all that it has.
        let paced = try [25, 50, 75, 100].map { share in
            try withWorker(fetchWait: RecordLoad.fetchWait) { load, meter in
                let rate = backlog.recordsPerSecond * Double(share) / 100
                return try meter.measure("\(share) %") { try Self.send(load, rate: rate, seconds: Double(seconds)) }
            }
        }
        let cores = Double(min(Processors.available(), threads))
        let left = (cores - min(backlog.brokerCores, cores - 0.1)) / cores
        return Report(
            encoderThreads: threads,
            encoderOnlyTextsPerSecond: encoderOnly,
            flowShare: backlog.recordsPerSecond / (encoderOnly * left),
            loads: [backlog, lone] + paced
        )
    }

    /// Runs a worker on a cluster of its own, with a client that sends and one that reads.
    ///
    /// - Parameter fetchWait: milliseconds that a fetch of the worker's waits for records.
    private func withWorker<Result>(
        fetchWait: String,
        _ body: (RecordLoad, FlowMeter) throws -> Result
    ) throws -> Result {
        let cluster = try LocalCluster()
        defer { withExtendedLifetime(cluster) {} }
        let deadLetters = RecordLoad.output + ".dead"
        for topic in [RecordLoad.input, RecordLoad.output, deadLetters] {
            try cluster.createTopic(topic, partitions: Self.partitions)
        }
        let worker = try WorkerProcess(
            arguments: workerArguments + [
                "--bootstrap.servers=\(cluster.bootstrapServers)", "--group.id=bench",
                "--input.topics=\(RecordLoad.input)", "--input.format=text", "--output.topic=\(RecordLoad.output)",
                "--dead.letter.topic=\(deadLetters)", "--kafka.consumer.fetch.wait.max.ms=\(fetchWait)",
            ]
        )
        defer { worker.stop() }
        let process = worker.processIdentifier
        let signals = Signals { _ in
            kill(process, SIGKILL)
            exit(130)
        }
        defer { withExtendedLifetime(signals) {} }
        let load = try RecordLoad(bootstrapServers: cluster.bootstrapServers, texts: texts)
        let reading = Thread { load.read() }
        reading.start()
        defer { load.close() }
        try worker.waitUntilReady()
        let meter = FlowMeter(worker: worker, load: load)
        // Warms what there is to warm.
        _ = try meter.measure("") { for _ in 0..<64 { try load.send() } }
        return try body(load, meter)
    }

    /// Texts a second of the encoder without a worker around it.
    private func encoderAlone() throws -> Double {
        let sequences = texts.compactMap {
            model.tokenizer.encoding(of: $0, within: TextLimit(maxTokens: model.maxTokens, truncation: .head))?
                .sequences.first
        }
        return try EncodeBench(model: model, texts: sequences, order: .arrival, threads: threads)
            .run(repeats: 3).textsPerSecondMedian
    }

    /// Sends at times that know nothing of each other: the gaps of a Poisson process.
    private static func send(_ load: RecordLoad, rate: Double, seconds: Double) throws {
        let start = ContinuousClock.now
        var due = 0.0
        while due < seconds {
            due += -log(1 - Double.random(in: 0..<1)) / rate
            let left = Duration.seconds(due) - (ContinuousClock.now - start)
            if left > .zero { usleep(UInt32(left / .microseconds(1))) }
            try load.send()
        }
    }
}
