// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import FoundationEssentials
import Glibc
import JSON
import Kafka
import Logging
import Settings
import Threading
import Worker

extension Command {
    static let demo = Command(
        name: "demo",
        summary: "do the job on a local cluster with sample texts, and show what comes out",
        options: [Option("records", "N", "how many records; 400 unless said")]
    ) { invocation in
        try invocation.refuseArguments()
        let records = try invocation.integer("records", in: 1...50_000) ?? 400
        let cluster = try LocalCluster()
        for topic in [Demo.input, Demo.output, Demo.deadLetters] { try cluster.createTopic(topic, partitions: 4) }
        let settings = try invocation.settings(
            with: [
                ("bootstrap.servers", cluster.bootstrapServers),
                ("input.topics", Demo.input),
                ("output.topic", Demo.output),
                ("dead.letter.topic", Demo.deadLetters),
                ("http.address", "127.0.0.1:0"),
                ("log.level", "warning"),
            ],
            isForWorker: true
        )
        let model = try Model(settings: settings, environment: Environment.all)
        let demo = Demo(bootstrapServers: cluster.bootstrapServers, records: records)
        let worker = try Worker(settings: settings, model: model, log: Log(settings: settings))
        let stop = StopSignal()
        let signals = Signals { _ in stop.request() }
        defer { withExtendedLifetime((signals, cluster)) {} }
        async let job: Void = worker.run(until: stop)
        let tagged: [Demo.Tagged]
        do {
            tagged = try await demo.run(worker, stop)
        } catch {
            stop.request()
            try await job
            throw error
        }
        stop.request()
        try await job
        try demo.show(tagged, worker.work)
    }
}

/// Produces sample texts, and reads back what the worker makes of them.
struct Demo: Sendable {
    static let input = "comments"
    static let output = "comments.sentiment"
    static let deadLetters = "comments.dead-letters"

    /// A tagged record as far as the demo shows it.
    struct Tagged: Sendable {
        let partition: Int32
        let offset: Int64
        let label: String
        let score: Double
        let text: String
        /// From the record's timestamp to its result's arrival here.
        let latency: Double
    }

    let bootstrapServers: String
    let records: Int

    /// Waits for the worker to be a member of its group, then produces at once and reads until all came back.
    func run(_ worker: Worker, _ stop: StopSignal) async throws -> [Tagged] {
        try await withThrowingTaskGroup(of: [Tagged].self) { group in
            // Reading blocks, so it has a thread of its own.
            group.addTask(executorPreference: try ThreadExecutor("demo")) {
                while !worker.isReady, !stop.isRequested { usleep(10_000) }
                try produce()
                return try read(stop)
            }
            return try await group.next() ?? []
        }
    }

    private func produce() throws {
        let producer = try Producer(settings: ["bootstrap.servers": bootstrapServers])
        for index in 0..<records {
            let text = DemoTexts.all[index % DemoTexts.all.count]
            var json = JSONWriter()
            json.object { json in
                json.field("text", text)
            }
            try producer.send(
                topic: Self.input,
                key: Array("user-\(index % 7)".utf8),
                value: json.bytes,
                headers: [],
                token: UInt64(index)
            )
        }
        for report in producer.flush(timeout: .seconds(30)).reports {
            if let error = report.error { throw error }
        }
    }

    private func read(_ stop: StopSignal) throws -> [Tagged] {
        let consumer = try Consumer(settings: ["bootstrap.servers": bootstrapServers, "group.id": "demo"])
        defer { consumer.close() }
        let partitions = try consumer.partitions(of: Self.output, timeout: .seconds(10))
        let positions = partitions.map { (TopicPartition(topic: Self.output, partition: $0), Offset.beginning) }
        try consumer.assign(Dictionary(uniqueKeysWithValues: positions))
        var tagged: [Tagged] = []
        while tagged.count < records, !stop.isRequested {
            let poll = consumer.poll(upTo: 1_000, timeout: .milliseconds(100))
            if let error = poll.errors.first(where: \.isFatal) { throw error }
            tagged += try poll.records.map(Self.tagged)
        }
        return tagged
    }

    private static func tagged(_ record: Record) throws -> Tagged {
        let envelope = try JSONDecoder().decode(Envelope.self, from: Data(record.value ?? []))
        let made = Double(record.timestamp?.milliseconds ?? 0) / 1_000
        return Tagged(
            partition: envelope.source.partition,
            offset: envelope.source.offset,
            label: envelope.label,
            score: envelope.score,
            text: envelope.text,
            latency: Date.now.timeIntervalSince1970 - made
        )
    }

    private struct Envelope: Decodable {
        struct Source: Decodable {
            let partition: Int32
            let offset: Int64
        }

        let label: String
        let score: Double
        let text: String
        let source: Source
    }
}
