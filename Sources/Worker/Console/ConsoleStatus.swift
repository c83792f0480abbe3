// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import HTTP
import Kafka
import Settings

/// How a worker is, as the console shows it.
struct ConsoleStatus {
    let unreadiness: String?
    let isPaused: Bool
    let accounts: [AssignedPartitions.Account]
    /// By consumer.
    let progress: [[PartitionProgress]]
    let forecast: LagForecast
    let cache: (hits: Int, misses: Int)
    let tokens: Int
    let residentBytes: Int?
    /// Population stability indices; nil where there are none.
    let drift: (labels: Double, confidence: Double)?

    init(_ health: Health, _ metrics: WorkerMetrics, _ control: Control) {
        let statuses = health.statuses
        unreadiness = health.unreadiness
        isPaused = control.isPaused
        accounts = statuses.map(\.account)
        progress = statuses.map { $0.progress.sorted { $0.partition < $1.partition } }
        forecast = LagForecast(statuses)
        cache = (metrics.cacheHits.value, metrics.cacheMisses.value)
        tokens = metrics.tokens.value
        residentBytes = ProcessMetrics.residentBytes
        drift = metrics.live.version.drift?.stability
    }

    /// Sums of what became of the records, by kind.
    func counts<Key: Hashable>(_ counts: KeyPath<AssignedPartitions.Counts, [Key: Int]>) -> [Key: Int] {
        accounts.reduce(into: [:]) { $0.merge($1.counts[keyPath: counts], uniquingKeysWith: +) }
    }

    func sum(_ value: (AssignedPartitions.Account) -> Int) -> Int { accounts.reduce(0) { $0 + value($1) } }

    func reading(at now: ContinuousClock.Instant, _ metrics: WorkerMetrics) -> ConsoleHistory.Reading {
        let (latency, fill) = (metrics.endToEndTime.snapshot, metrics.batchFill.snapshot)
        return ConsoleHistory.Reading(
            time: now,
            ended: sum(\.counts.ended),
            labels: counts(\.tagged),
            lag: forecast.records,
            latency: latency.buckets + [(latency.buckets.last?.bound ?? 0, latency.count)],
            fill: (fill.sum, fill.count)
        )
    }
}

/// What changes with the model alone while a worker runs.
struct ConsoleAbout: Sendable {
    /// Of the model: how many there were before.
    let number: Int
    let model: ModelTag
    let build: BuildInfo
    let labels: [String]
    let encoders: Int
    let address: HostPort
    /// Whether texts can be tried.
    let canTry: Bool
    let showsText: Bool
    let hasDrift: Bool
    /// Secrets are starred.
    let settings: [(key: String, text: String, source: String)]
}

extension ConsoleAbout {
    init(_ use: LiveModel.Use, encoders: Int) {
        let (version, settings) = (use.version, use.settings)
        self.init(
            number: use.number,
            model: version.tag,
            build: BuildInfo(instructionSet: version.model.kernels.instructionSet),
            labels: version.model.architecture.labels,
            encoders: encoders,
            address: settings[Settings.httpAddress],
            canTry: settings[Settings.httpScoring] == .on,
            showsText: settings[Settings.consoleShowText] == .shown,
            hasDrift: settings[Settings.driftReference] != .off,
            settings: settings.inForce
        )
    }
}
