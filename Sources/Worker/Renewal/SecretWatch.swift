// SPDX-License-Identifier: Apache-2.0
import Configuration
import Files
import Logging
import Settings
import Threading

/// Looks every few seconds whether certificates, keys and secrets that the settings name as files have changed, and has them
/// used; one thread's loop.
final class SecretWatch: Sendable {
    /// What is done with the files that are looked at together.
    struct Use: Sendable {
        let files: Files
        let begin: @Sendable (Settings) throws -> Void
    }

    /// Files that are looked at together.
    struct Files: Sendable {
        let paths: [String]
        /// What they were like before they were read: a worker takes a while to start, and they may change meanwhile.
        let used: [String: FileVersion]

        /// Those that settings have read, and others that nothing has read yet.
        init(_ paths: [String], of settings: Settings) {
            self.paths = paths
            used = SecretWatch.versions(paths).merging(settings.versions.filter { paths.contains($0.key) }) { $1 }
        }

        /// Whether they are another way by now.
        var haveChanged: Bool { SecretWatch.versions(paths) != used }
    }

    private let uses: [Use]
    private let read: @Sendable () throws -> Settings
    private let metrics: RenewalMetrics
    private let interval: Duration
    private let log: Log
    private let isClosed = Monitor(false)

    /// - Parameters:
    ///   - read: the settings, with the secrets as they are by now.
    ///   - interval: between two looks.
    init(
        _ uses: [Use],
        metrics: RenewalMetrics,
        interval: Duration = .seconds(5),
        log: Log,
        read: @escaping @Sendable () throws -> Settings
    ) {
        self.uses = uses.filter { !$0.files.paths.isEmpty }
        self.read = read
        self.metrics = metrics
        self.interval = interval
        self.log = log
    }

    /// Whether there are no files to look at.
    var isIdle: Bool { uses.isEmpty }

    /// Runs until it is closed.
    func run() {
        var changes = uses.map { FileChanges($0.files.used) }
        while wait() {
            for (index, use) in uses.enumerated()
            where changes[index].look(Self.versions(use.files.paths), at: .now) {
                changes[index].tried(isGood: begin(use), at: .now)
            }
        }
    }

    /// Ends the thread.
    func close() {
        isClosed.withLock { $0 = true }
        isClosed.broadcast()
    }

    /// - Returns: false once it is closed.
    private func wait() -> Bool {
        let end = ContinuousClock.now + interval
        return isClosed.wait { isClosed in
            if isClosed { return .done(false) }
            return end <= .now ? .done(true) : .wait(until: end)
        }
    }

    private func begin(_ use: Use) -> Bool {
        let files = use.files.paths.joined(separator: ",")
        do {
            try use.begin(read())
            metrics.renewed()
            log.info("secrets have changed and are used", ["files": files])
            return true
        } catch {
            metrics.renewalFailed()
            log.error(
                "secrets have changed and cannot be used; those before are",
                ["files": files, "error": SettingsError.inOneLine(error)]
            )
            return false
        }
    }

    private static func versions(_ files: [String]) -> [String: FileVersion] {
        var versions: [String: FileVersion] = [:]
        for file in files { versions[file] = FileVersion(path: file) }
        return versions
    }
}
