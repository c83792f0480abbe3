// SPDX-License-Identifier: Apache-2.0
public import Bert
import Configuration
import Files
import Kafka
import Scan
public import Settings
import Threading

/// Tags the records of a plan once more, or for the first time, apart from any group: the same stages as the worker's, and
/// the same bits.
///
/// ```
/// TopicScan or LineFile → Preparation → EncoderPool → ReplayQueue → ReplaySink → ReplayProgress
/// └────── thread c4b-read ──────────┘   └ c4b-encode ┘ └────────── thread c4b-write ─────────┘
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

    /// - Throws: `SettingsError` where thresholds contradict or hide each other, or thresholds, routes or windows do not suit
    ///   the model; `FileError` where a model of `model.more` cannot be loaded.
    public init(settings: Settings, model: Model, choice: Choice = Choice()) throws {
        let problems = settings.decisionProblems() + settings.hiddenThresholds()
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        let more = try settings.moreModels(beside: model)
        try settings.checkLabels(of: model, more: more)
        self.settings = settings
        self.choice = choice
        version = try ModelVersion(settings: settings, model: model, more: more) { () throws(FileError) in
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
            explanations: Explanations(settings: settings),
            output: output,
            deadLetter: preparation.deadLetter,
            metrics: WorkerMetrics(
                live: LiveModel(version, settings),
                encoders: settings.encoderThreadCount,
                health: Health()
            )
        )
        return try await withThrowingTaskGroup(of: ReplayProgress?.self) { group in
            for index in 0..<settings.encoderThreadCount {
                group.addTask(executorPreference: try ThreadExecutor("c4b-encode-\(index)")) {
                    do { try pool.encode(as: index) } catch { queue.fail(error) }
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
    ) throws {
        var pace = choice.rate.map { ReplayPace(rate: $0) }
        /// Hands on what is chosen of records; false once nothing more is wanted.
        func hand(_ records: [Record], _ preparation: Preparation) -> Bool {
            for chunk in stride(from: 0, to: records.count, by: Self.chunk) {
                let chosen = records[chunk..<min(chunk + Self.chunk, records.count)].filter(choice.admits)
                guard take(chosen, preparation, into: queue, pool), !stop.isRequested else { return false }
                if let due = pace?.due(after: chosen.count, at: .now), !stop.sleep(until: due) { return false }
            }
            return true
        }
        if progress.plan.isFile {
            try readFile(progress, stop, hand)
        } else {
            try readTopic(progress) { hand($0, preparation) }
        }
    }

    private func readTopic(
        _ progress: ReplayProgress,
        _ take: ([Record]) -> Bool
    ) throws(WorkerError) {
        let scan = try TopicScan(settings: settings, group: settings[Settings.groupID])
        defer { scan.consumer.close() }
        for (stretch, next) in zip(progress.plan.stretches, progress.next) where next < stretch.end {
            let partition = TopicPartition(topic: progress.plan.topic, partition: stretch.partition)
            var isOpen = true
            try scan.read([partition: next..<stretch.end]) { records in
                isOpen = take(records)
                return isOpen
            }
            if !isOpen { return }
        }
    }

    private func readFile(
        _ progress: ReplayProgress,
        _ stop: StopSignal,
        _ take: ([Record], Preparation) -> Bool
    ) throws(FileError) {
        var file = try LineFile(progress.plan.topic, settings: settings)
        let wanted = progress.next[0]..<progress.plan.stretches[0].end
        while !stop.isRequested {
            // A pipe may have nothing for long, and must not hold up the end.
            guard file.isReady(within: .milliseconds(100)) else { continue }
            guard let records = try file.next() else { return }
            var preparation = preparation
            preparation.decode = file.decode
            guard take(records.filter { wanted.contains($0.offset) }, preparation) else { return }
        }
    }

    /// Records that are handed to the encoders at once: few, so that they do not idle while the last are tokenised.
    private static let chunk = 64

    /// - Returns: false once nothing more is wanted.
    private func take(
        _ records: [Record],
        _ preparation: Preparation,
        into queue: ReplayQueue,
        _ pool: EncoderPool
    ) -> Bool {
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
        /// When what was written is to be kept; nil where all is.
        var due: ContinuousClock.Instant?
        while true {
            let items = try queue.next(before: due)
            for item in items ?? [] {
                due = due ?? .now + Self.interval
                try sink.write(ReplayResult(item: item))
                guard let place = places[item.record.partition] else { continue }
                progress.next[place] = item.offset + 1
                progress.records += 1
                // Partitions come one after the other.
                for earlier in 0..<place { progress.next[earlier] = start.plan.stretches[earlier].end }
            }
            if items == nil, !stop.isRequested { progress.next = start.plan.stretches.map(\.end) }
            if items == nil || due.map({ .now >= $0 }) == true {
                progress.bytes = try sink.sync()
                try tell(progress)
                due = nil
            }
            if items == nil { return progress }
        }
    }
}
