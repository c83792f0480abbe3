// SPDX-License-Identifier: Apache-2.0
import Delivered
import FoundationEssentials
import JSON
import Kafka

/// One dead letter as a line of a table.
enum LetterRow {
    static let heading = row("partition", "offset", "reason", "attempts", "time", "source")

    static func text(_ letter: Letter, isSettled: Bool, withText: Bool) -> String {
        let line = row(
            "\(letter.record.partition)",
            "\(letter.record.offset)",
            letter.reason.isEmpty ? "-" : letter.reason,
            "\(letter.attempts)",
            letter.time ?? "-",
            (letter.source.map { "\($0.partition) \($0.offset)" } ?? "-") + (isSettled ? "  settled" : "")
        )
        guard withText else { return line.printable }
        let text = letter.record.value.map { String(decoding: $0, as: UTF8.self) } ?? "null"
        return line.printable + "\n    " + text.printable
    }

    private static func row(
        _ partition: String,
        _ offset: String,
        _ reason: String,
        _ attempts: String,
        _ time: String,
        _ source: String
    ) -> String {
        func wide(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(width - text.count, 0))
        }
        return
            [wide(partition, 9), wide(offset, 10), wide(reason, 16), wide(attempts, 8), wide(time, 24), source]
            .joined(separator: "  ")
    }
}

extension Letter {
    /// The original record's time, as ISO 8601 writes it.
    fileprivate var time: String? {
        // Foundation ends the process over a date some hundred million years off.
        guard let timestamp, timestamp < 253_402_300_800_000 else { return nil }
        let date = Date(timeIntervalSince1970: (Double(timestamp) + 0.5) / 1_000)
        return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}

extension JSONWriter {
    /// A dead letter as an object.
    mutating func letter(_ letter: Letter, isSettled: Bool, withText: Bool) {
        object { json in
            json.field("partition", letter.record.partition)
            json.field("offset", letter.record.offset)
            for (name, text) in [("reason", letter.reason), ("stage", letter.stage), ("message", letter.message)] {
                json.field(name, text)
            }
            json.field("attempts", letter.attempts)
            json.name("time")
            if let time = letter.time { json.string(time) } else { json.null() }
            json.name("source")
            json.source(letter)
            json.field("settled", isSettled)
            guard withText else { return }
            json.name("text")
            if let value = letter.record.value {
                json.string(String(decoding: value, as: UTF8.self))
            } else {
                json.null()
            }
        }
    }

    private mutating func source(_ letter: Letter) {
        guard let source = letter.source else { return null() }
        object { json in
            json.field("topic", source.partition.topic)
            json.field("partition", source.partition.partition)
            json.field("offset", source.offset)
        }
    }
}
