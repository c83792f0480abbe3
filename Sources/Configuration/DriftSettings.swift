// SPDX-License-Identifier: Apache-2.0
import Settings

/// How much of the stream is looked at together.
package enum StreamWindow: Sendable, Equatable {
    case records(Int)
    case time(Duration)

    /// Parses a number of records, or a time with its unit; nil if the text is neither.
    package init?(_ text: String) {
        if let count = Int(text) {
            guard Self.records.contains(count) else { return nil }
            self = .records(count)
        } else if let time = SettingKind<Duration>.duration(Self.times).parse(text) {
            self = .time(time)
        } else {
            return nil
        }
    }

    private static let records = 100...1_000_000_000
    private static let times = Duration.seconds(1) ... .seconds(31_536_000)
    static let range = "records, 100 to 1000000000, or a time, as 30m, 1s to 8760h"
}

/// What predictions are compared with, to see whether they drift.
package enum DriftReference: Sendable, Equatable {
    case off
    /// The first ones after the start.
    case first(StreamWindow)
    /// What was kept of an earlier window.
    case file(String)

    /// Parses `off`, a window, or the name of a file; nil if the text is none of these.
    package init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        if text == "off" {
            self = .off
        } else if let window = StreamWindow(text) {
            self = .first(window)
        } else if text.first?.isNumber == true, !text.contains("/"), !text.contains(".") {
            // A window that is too small, or a unit that there is not: no name of a file.
            return nil
        } else {
            self = .file(text)
        }
    }
}

extension SettingKind where Value == StreamWindow {
    static var streamWindow: Self { Self(range: StreamWindow.range) { StreamWindow($0) } }
}

extension SettingKind where Value == DriftReference {
    static var driftReference: Self {
        Self(range: "off, or \(StreamWindow.range), or a file") { DriftReference($0) }
    }
}
