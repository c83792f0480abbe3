// SPDX-License-Identifier: Apache-2.0
public import Bert
internal import Kafka

/// The job: text events in from Kafka, tagged records out to Kafka.
///
/// ```
/// Consumer.poll → Decode → Tokenizer → Batcher → Encoder → Tag → Sequencer → Producer → delivery → OffsetTracker → commit
/// └─────────── thread c4b-intake ───────────┘ └ threads c4b-encode ┘ └──────────── thread c4b-publish ────────────────┘
/// ```
///
/// Each of `consumer.workers` lanes has a consumer with its intake and a producer with its publisher; all lanes share
/// the encoders. The stages are pure (`Decode`, `Batcher`, `Tag`, `Flow` with its `Sequencer` and `OffsetTracker`); the
/// threads below carry out what they decide. A record's way ends when its result is acknowledged: only then may its
/// offset be committed.
public final class Worker: Sendable {
    private let settings: Settings
    private let rules: Rules
    private let pool: EncoderPool
    private let lanes: [(lane: Lane, consumer: Consumer, producer: Producer)]
    private let encoderThreads: Int
    private let metrics: FlowMetrics
    private let log: Log

    /// Connects to Kafka, checks that the topics are there, and loads nothing else: the model is loaded already.
    public init(settings: Settings, model: Model, log: Log) throws(WorkerError) {
        self.settings = settings
        self.log = log
        rules = try Rules(settings: settings, model: model)
        encoderThreads = settings.encoderThreads ?? Processors.available()
        metrics = FlowMetrics(model: rules.output.model, threads: encoderThreads)
        pool = EncoderPool(batcher: Batcher(settings: settings), rules: rules, metrics: metrics)
        var lanes: [(Lane, Consumer, Producer)] = []
        for _ in 0..<settings.consumerWorkers {
            lanes.append(try Self.connect(settings, metrics, log))
        }
        self.lanes = lanes
        metrics.observe(self.lanes.map(\.lane), self.lanes.map(\.consumer))
        try checkTopics()
    }

    /// Runs until `stop` is given and what is in flight is drained, or until it cannot go on.
    public func run(until stop: StopSignal) async throws(WorkerError) {
        let server = try MetricsServer(settings: settings, metrics: metrics)
        let started = ContinuousClock.now
        log.info("started", ["lanes": "\(lanes.count)", "encoders": "\(encoderThreads)", "http": server.address])
        let failure = await withTaskGroup(of: WorkerError?.self) { group in
            group.addTask(executorPreference: ThreadExecutor("c4b-http")) { server.serve() }
            for index in 0..<encoderThreads {
                group.addTask(executorPreference: ThreadExecutor("c4b-encode-\(index)")) { self.encode() }
            }
            for (lane, consumer, producer) in lanes {
                group.addTask(executorPreference: ThreadExecutor("c4b-publish")) {
                    self.publish(lane, consumer, producer)
                }
                group.addTask(executorPreference: ThreadExecutor("c4b-intake")) { self.take(lane, consumer, stop) }
            }
        }
    }
}
