// SPDX-License-Identifier: Apache-2.0
public import Bert
import Configuration
import Files
internal import Glibc
import Kafka
import Scan
public import Settings
import Threading

/// Tags the records of a plan once more, or for the first time, apart from any group: the same stages as the worker's, and
/// the same bits.
///
/// ```
/// TopicScan → Preparation → EncoderPool → ReplayQueue → ReplaySink → ReplayProgress
/// └─ thread c4b-read ────┘  └ c4b-encode ┘ └────────── thread c4b-write ─────────┘
/// ```
///
/// Partitions are worked through one after the other, each in the order of its offsets: so the results come in one order,
/// however many threads encode, and how far it has come is one place.
public struct Replay: Sendable {
    /// What of the plan's records is tagged, and how fast.
    public struct Choice: Sendable {
        /// Records a second, at most; nil for as many as can be done.
        public var rate: Double?
        /// The share of the records, picked by their ids: the same ones in each run.
        public var sample = 1.0
        /// Only records with these keys; nil for all.
        public var keys: Set<[UInt8]>?

        /// All records, as fast as can be.
        public init() {}

        func admits(_ record: Record) -> Bool {
            if let keys, record.key.map(keys.contains) != true { return false }
            return record.isIn(sample: sample)
        }
    }

    private let settings: Settings
    private let version: ModelVersion
    private let preparation: Preparation
    private let output: Output
    private let choice: Choice
    /// How often progress is kept.
    private static let interval = Duration.seconds(1)

    /// - Throws: `SettingsError` where thresholds, routes or windows do not suit the model.
    public init(settings: Settings, model: Model, choice: Choice = Choice()) throws(SettingsError) {
        try settings.checkLabels(of: model)
        self.settings = settings
        self.choice = choice
        version = try ModelVersion(settings: settings, model: model) { () throws(FileError) in
            try Classifier(model: model)
        }
        var output = Output(settings: settings)
        output.idSuffix = "@\(model.digest.prefix(12))"
        self.output = output
        preparation = Preparation(settings: settings, output: output, isReplay: true)
    }

    /// Runs until the plan is done, or a stop is requested and what is in flight is written.
    ///
    /// - Parameters:
    ///   - progress: where it begins.
    ///   - tell: hears of progress once a second, and at the end, when the sink has all that it tells of.
    /// - Returns: how far it came.
    public func run(
        from progress: ReplayProgress,
        to sink: any ReplaySink,
        until stop: StopSignal,
        tell: @escaping @Sendable (ReplayProgress) throws -> Void
    ) async throws -> ReplayProgress {
        let queue = ReplayQueue(
            maxRecords: settings[Settings.inflightMaxRecords],
            maxBytes: settings[Settings.inflightMaxBytes]
        )
        let pool = EncoderPool(
            batcher: Batcher(settings: settings),
            decisions: Decisions(settings: settings),
            explanations: Explanations(settings: settings),
            output: output,
            deadLetter: preparation.deadLetter,
            metrics: WorkerMetrics(model: version.tag, encoders: settings.encoderThreadCount, health: Health())
        )
        return try await withThrowingTaskGroup(of: ReplayProgress?.self) { group in
            for index in 0..<settings.encoderThreadCount {
                let version = version
                group.addTask(executorPreference: try ThreadExecutor("c4b-encode-\(index)")) {
                    do { try pool.encode(with: Classifiers(version)) } catch { queue.fail(error) }
                    return nil
                }
            }
            group.addTask(executorPreference: try ThreadExecutor("c4b-read")) {
                do { try read(progress, into: queue, pool, stop) } catch { queue.fail(error) }
                queue.close()
                return nil
            }
            group.addTask(executorPreference: try ThreadExecutor("c4b-write")) {
                defer {
                    queue.close()
                    pool.close()
                }
                return try write(queue, progress, to: sink, stop, tell)
            }
            var end = progress
            for try await result in group { end = result ?? end }
            return end
        }
    }

    // MARK: Reading

    private func read(
        _ progress: ReplayProgress,
        into queue: ReplayQueue,
        _ pool: EncoderPool,
        _ stop: StopSignal
    ) throws(WorkerError) {
        let scan = try TopicScan(settings: settings, group: settings[Settings.groupID])
        defer { scan.consumer.close() }
        var pace = choice.rate.map { ReplayPace(rate: $0) }
        for (stretch, next) in zip(progress.plan.stretches, progress.next) where next < stretch.end {
            let partition = TopicPartition(topic: progress.plan.topic, partition: stretch.partition)
            var isOpen = true
            try scan.read([partition: next..<stretch.end]) { (records) throws(WorkerError) in
                for chunk in stride(from: 0, to: records.count, by: Self.chunk) {
                    let chosen = records[chunk..<min(chunk + Self.chunk, records.count)].filter(choice.admits)
                    isOpen = take(chosen, into: queue, pool) && !stop.isRequested
                    pace?.wait(after: chosen.count, stop)
                    if !isOpen { return false }
                }
                return true
            }
            if !isOpen { return }
        }
    }

    /// Records that are handed to the encoders at once: few, so that they do not idle while the last are tokenised.
    private static let chunk = 64

    /// - Returns: false once nothing more is wanted.
    private func take(_ records: [Record], into queue: ReplayQueue, _ pool: EncoderPool) -> Bool {
        var items: [InFlight] = []
        for record in records {
            // What would have to make room must not wait here.
            if !queue.hasRoom {
                pool.take(items, from: queue)
                items = []
            }
            guard let number = queue.add(bytes: record.byteCount) else { return false }
            let item = InFlight(record, generation: number, arrived: .now, version: version, owner: queue)
            var time = Duration.zero
            preparation(item, at: 0, &time)
            items.append(item)
        }
        pool.take(items, from: queue)
        return true
    }

    // MARK: Writing

    private func write(
        _ queue: ReplayQueue,
        _ start: ReplayProgress,
        to sink: any ReplaySink,
        _ stop: StopSignal,
        _ tell: (ReplayProgress) throws -> Void
    ) throws -> ReplayProgress {
        var progress = start
        let places = Dictionary(
            uniqueKeysWithValues: start.plan.stretches.enumerated().map { ($0.element.partition, $0.offset) }
        )
        var due = ContinuousClock.now + Self.interval
        while true {
            let items = try queue.next()
            for item in items {
                try sink.write(ReplayResult(item: item))
                guard let place = places[item.record.partition] else { continue }
                progress.next[place] = item.offset + 1
                progress.records += 1
                // Partitions come one after the other.
                for earlier in 0..<place { progress.next[earlier] = start.plan.stretches[earlier].end }
            }
            if items.isEmpty, !stop.isRequested { progress.next = start.plan.stretches.map(\.end) }
            if items.isEmpty || .now >= due {
                progress.bytes = try sink.sync()
                try tell(progress)
                due = .now + Self.interval
            }
            if items.isEmpty { return progress }
        }
    }
}

/// Keeps to a rate: what is early waits.
private struct ReplayPace {
    let rate: Double
    private let start = ContinuousClock.now
    private var count = 0.0

    init(rate: Double) { self.rate = rate }

    mutating func wait(after records: Int, _ stop: StopSignal) {
        count += Double(records)
        let due = start + .seconds(count / rate)
        while !stop.isRequested, ContinuousClock.now < due {
            let left = min(due - .now, .milliseconds(50))
            usleep(UInt32(max(left / .microseconds(1), 1)))
        }
    }
}
