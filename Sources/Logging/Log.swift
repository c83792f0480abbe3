// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import Glibc
internal import JSON
internal import Threading

/// Writes one line an event to standard error: a constant message, and what varies as keys and values.
///
/// No text, key or header of a record is ever handed to it.
public final class Log: Sendable {
    /// How much an event matters.
    public enum Level: String, Sendable, CaseIterable, Comparable {
        case debug
        case info
        case warning
        case error

        /// By importance.
        public static func < (first: Level, second: Level) -> Bool { first.rank < second.rank }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// What a line looks like.
    public enum Format: String, Sendable, CaseIterable {
        case text
        case json
    }

    private struct Recent {
        var began: ContinuousClock.Instant
        var count = 0
    }

    private let least: Monitor<Level>
    private let format: Format
    private let write: @Sendable (String) -> Void
    private let recent = Monitor<[String: Recent]>([:])

    /// Lines of one message within `window`, unless they are for debugging; what comes beyond is counted, and told with
    /// the first line after it.
    private static let limit = 10
    private static let window = Duration.seconds(10)

    /// Creates a log.
    ///
    /// - Parameter write: takes each line, its line break included; standard error unless said otherwise.
    public init(
        level: Level = .info,
        format: Format = .text,
        write: @escaping @Sendable (String) -> Void = Log.toStandardError
    ) {
        least = Monitor(level)
        self.format = format
        self.write = write
    }

    /// The least that is logged, which may change at any time.
    public var level: Level {
        get { least.withLock { $0 } }
        set { least.withLock { $0 = newValue } }
    }

    /// What somebody has asked for, and so is written whatever the level.
    public func answer(_ message: StaticString, _ values: KeyValuePairs<String, String>) {
        write(.info, message, values.map { ($0.key, $0.value) })
    }

    /// Something for an operator who looks into a problem.
    public func debug(_ message: StaticString, _ values: KeyValuePairs<String, String> = [:]) {
        log(.debug, message, values)
    }

    /// A beginning, an end, or another turn of normal operation.
    public func info(_ message: StaticString, _ values: KeyValuePairs<String, String> = [:]) {
        log(.info, message, values)
    }

    /// Something that should not be, and that the program copes with.
    public func warning(_ message: StaticString, _ values: KeyValuePairs<String, String> = [:]) {
        log(.warning, message, values)
    }

    /// Something that the program cannot cope with.
    public func error(_ message: StaticString, _ values: KeyValuePairs<String, String> = [:]) {
        log(.error, message, values)
    }

    private func log(_ level: Level, _ message: StaticString, _ values: KeyValuePairs<String, String>) {
        guard level >= self.level, let suppressed = level == .debug ? 0 : admit(message.description, at: .now) else {
            return
        }
        var values = values.map { ($0.key, $0.value) }
        if suppressed > 0 { values.append(("suppressed", String(suppressed))) }
        write(level, message, values)
    }

    private func write(_ level: Level, _ message: StaticString, _ values: [(String, String)]) {
        let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        write(format == .text ? text(time, level, message, values) : json(time, level, message, values))
    }

    /// Whether a line may be written now, and how many were held back before it; nil if this one is.
    private func admit(_ message: String, at now: ContinuousClock.Instant) -> Int? {
        recent.withLock { recent in
            var entry = recent[message] ?? Recent(began: now)
            var suppressed = 0
            if now - entry.began > Self.window {
                suppressed = max(entry.count - Self.limit, 0)
                entry = Recent(began: now)
            }
            entry.count += 1
            recent[message] = entry
            return entry.count <= Self.limit ? suppressed : nil
        }
    }

    private func text(_ time: String, _ level: Level, _ message: StaticString, _ values: [(String, String)]) -> String {
        let pairs = values.map { key, value in
            let isPlain =
                !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x7F }
            return " \(key)=" + (isPlain ? value : String(decoding: JSONWriter.quoted(value), as: UTF8.self))
        }
        return "\(time) \(level.rawValue) \(message)\(pairs.joined())\n"
    }

    private func json(_ time: String, _ level: Level, _ message: StaticString, _ values: [(String, String)]) -> String {
        var json = JSONWriter()
        json.object { json in
            for (name, value) in [("timestamp", time), ("level", level.rawValue), ("message", "\(message)")] + values {
                json.field(name, value)
            }
        }
        return String(decoding: json.bytes, as: UTF8.self) + "\n"
    }

    /// Writes a line to standard error in one call, so that lines of several threads do not mix.
    @Sendable
    public static func toStandardError(_ line: String) {
        var line = line
        // A log that cannot be written has nowhere left to say so.
        _ = line.withUTF8 { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
