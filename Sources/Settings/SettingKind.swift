// SPDX-License-Identifier: Apache-2.0

/// What a setting may be.
package struct SettingKind<Value: Sendable>: Sendable {
    /// As the help says it.
    package let range: String
    package let parse: @Sendable (String) -> Value?

    package init(range: String, parse: @escaping @Sendable (String) -> Value?) {
        self.range = range
        self.parse = parse
    }
}

extension SettingKind where Value == String {
    package static var text: Self { Self(range: "text") { $0 } }
}

extension SettingKind where Value == [String] {
    package static var list: Self {
        Self(range: "names, separated by commas") { text in
            text.split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
        }
    }
}

extension SettingKind where Value == Int {
    package static func number(_ range: ClosedRange<Int>) -> Self {
        Self(range: "\(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number of bytes: `64KiB`, `1MB`, or a plain number.
    package static func bytes(_ range: ClosedRange<Int>) -> Self {
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
    package static func numberOrAuto(_ range: ClosedRange<Int>) -> Self {
        Self(range: "auto, or \(range.lowerBound) to \(range.upperBound)") { text in
            if text == "auto" { return .some(nil) }
            return Int(text).flatMap { range.contains($0) ? .some($0) : nil }
        }
    }
}

extension SettingKind where Value == Float {
    /// A part of a whole.
    package static var share: Self {
        Self(range: "0 to 1") { text in Float(text).flatMap { (0...1).contains($0) ? $0 : nil } }
    }
}

extension SettingKind where Value == Duration {
    package static func duration(_ range: ClosedRange<Duration>) -> Self {
        let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("", 1)]
        return Self(
            range:
                "a time, as 500ms, 2s, 1m or 1h; 5000 is 5000ms; \(range.lowerBound.text) to \(range.upperBound.text)"
        ) { text in
            quantity(text, units).map { .milliseconds($0) }.flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension SettingKind where Value == Duration? {
    package static func durationOrNone(_ range: ClosedRange<Duration>) -> Self {
        let duration = SettingKind<Duration>.duration(range)
        return Self(range: "none, or \(duration.range)") { text in
            text == "none" ? .some(nil) : duration.parse(text).map(Optional.some)
        }
    }
}

extension SettingKind where Value: RawRepresentable<String> & CaseIterable {
    package static var choice: Self {
        Self(range: Value.allCases.map(\.rawValue).joined(separator: " | ")) { Value(rawValue: $0) }
    }
}

extension SettingKind {
    /// Several of a few words.
    package static func choices<Choice: RawRepresentable<String> & CaseIterable>() -> Self where Value == Set<Choice> {
        Self(range: "any of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")), separated by commas") { text in
            guard let names = SettingKind<[String]>.list.parse(text) else { return nil }
            let choices = names.compactMap { Choice(rawValue: $0) }
            return choices.count == names.count ? Set(choices) : nil
        }
    }
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
