// SPDX-License-Identifier: Apache-2.0
import JSON

/// One setting: its key, what it may be, what it is unless said otherwise, and how to choose it.
public struct Setting<Value: Sendable>: Sendable {
    /// The key in the file, and without change the flag's name.
    public let key: String
    let standard: String
    let range: String
    let help: String
    let parse: @Sendable (String) -> Value?

    init(
        _ key: String,
        _ kind: SettingKind<Value>,
        default standard: String,
        _ help: String
    ) {
        self.key = key
        self.standard = standard
        self.help = help
        range = kind.range
        parse = kind.parse
    }
}

/// A setting whatever its type, as the table holds it.
protocol AnySetting: Sendable {
    var key: String { get }
    var standard: String { get }
    var range: String { get }
    var help: String { get }

    /// The value that a text stands for; nil if it stands for none.
    func value(of text: String) -> (any Sendable)?
}

extension Setting: AnySetting {
    func value(of text: String) -> (any Sendable)? { parse(text) }
}

/// What a setting may be.
struct SettingKind<Value: Sendable>: Sendable {
    /// As the help says it.
    let range: String
    let parse: @Sendable (String) -> Value?
}

extension SettingKind where Value == String {
    static var text: Self { Self(range: "text") { $0 } }
}

extension SettingKind where Value == [String] {
    static var list: Self {
        Self(range: "names, separated by commas") { text in
            text.split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
        }
    }
}

extension SettingKind where Value == Int {
    static func number(_ range: ClosedRange<Int>) -> Self {
        Self(range: "\(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number of bytes: `64KiB`, `1MB`, or a plain number.
    static func bytes(_ range: ClosedRange<Int>) -> Self {
        let units = [
            ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("KB", 1_000), ("MB", 1_000_000),
            ("GB", 1_000_000_000), ("", 1),
        ]
        return Self(range: "bytes, as 65536, 64KiB or 1MB; \(range.lowerBound) to \(range.upperBound)") { text in
            quantity(text, units).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension SettingKind where Value == Int? {
    static func numberOrAuto(_ range: ClosedRange<Int>) -> Self {
        Self(range: "auto, or \(range.lowerBound) to \(range.upperBound)") { text in
            if text == "auto" { return .some(nil) }
            return Int(text).flatMap { range.contains($0) ? .some($0) : nil }
        }
    }
}

extension SettingKind where Value == Duration {
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("", 1)]
        return Self(range: "a time, as 500ms, 2s or 1m; \(range.lowerBound.text) to \(range.upperBound.text)") { text in
            quantity(text, units).map { .milliseconds($0) }.flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension SettingKind where Value == Duration? {
    static func durationOrNone(_ range: ClosedRange<Duration>) -> Self {
        let duration = SettingKind<Duration>.duration(range)
        return Self(range: "none, or \(duration.range)") { text in
            text == "none" ? .some(nil) : duration.parse(text).map(Optional.some)
        }
    }
}

extension SettingKind where Value: RawRepresentable<String> & CaseIterable {
    static var choice: Self {
        Self(range: Value.allCases.map(\.rawValue).joined(separator: " | ")) { Value(rawValue: $0) }
    }
}

extension SettingKind where Value == JSONPointer {
    static var pointer: Self { Self(range: "a JSON pointer (RFC 6901)") { JSONPointer($0) } }
}

extension SettingKind where Value == HostPort {
    static var hostPort: Self { Self(range: "host:port; port 0 takes a free one") { HostPort($0) } }
}

/// A whole number with one of these units behind it; nil if it is none, or too large.
private func quantity(_ text: String, _ units: [(name: String, factor: Int)]) -> Int? {
    for (name, factor) in units where text.hasSuffix(name) {
        guard let count = Int(text.dropLast(name.count).trimmed), count >= 0 else { continue }
        let (product, overflow) = count.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
    return nil
}

extension StringProtocol {
    /// Without white space at either end.
    var trimmed: String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}

extension Duration {
    /// As a setting writes it: in the largest unit that divides it.
    var text: String {
        let milliseconds = components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
        for (name, factor) in [("h", 3_600_000), ("m", 60_000), ("s", 1_000)] as [(String, Int64)]
        where milliseconds != 0 && milliseconds % factor == 0 {
            return "\(milliseconds / factor)\(name)"
        }
        return "\(milliseconds)ms"
    }
}

/// Where a server listens.
public struct HostPort: Sendable, Equatable, CustomStringConvertible {
    /// A name or an address, IPv6 without its brackets.
    public let host: String
    /// The port; 0 for one that is free.
    public let port: UInt16

    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Parses `host:port` or `[address]:port`.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.init(host: host, port: port)
    }

    /// `host:port`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
