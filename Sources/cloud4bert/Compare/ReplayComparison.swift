// SPDX-License-Identifier: Apache-2.0
import Bert
import FoundationEssentials
import Worker

/// What two models say of the same records, and who they are.
struct ReplayComparison {
    /// One of the two: a model, or the results in a topic.
    struct Subject {
        /// The model's name, or the topic's.
        let name: String
        /// nil for a topic.
        let digest: String?
        /// Records a second; nil for a topic.
        let speed: Double?

        init(name: String) {
            self.name = name
            (digest, speed) = (nil, nil)
        }

        init(_ model: Model, speed: Double) {
            name = model.name
            digest = model.digest
            self.speed = speed
        }
    }

    /// The topic, or the file.
    let input: String
    let first: Subject
    let second: Subject
    let comparison: ModelComparison
    /// Whether the texts change on the way; nil where that cannot be told.
    let textDrift: TextDrift?
    /// Whether the input is a file, whose records have lines in place of times.
    let isFile: Bool

    /// Where the second half of the texts begins; nil where that is in no year from 0 to 9999.
    var middle: String? {
        textDrift.flatMap { drift in
            isFile
                ? "line \(drift.middle)" : Self.time(ofHour: Double(drift.middle) / 3_600_000, isDay: false)
        }
    }

    /// A time as ISO 8601 writes it, in UTC: a day, or an hour of it; nil where it is in none of the years from 0 to 9999.
    ///
    /// - Parameter hour: hours since 1970.
    static func time(ofHour hour: Double, isDay: Bool) -> String? {
        // Foundation ends the process over a date some hundred million years off.
        guard (-17_000_000..<70_000_000).contains(hour) else { return nil }
        let text = Date(timeIntervalSince1970: hour * 3_600).formatted(.iso8601)
        return String(text.prefix(isDay ? 10 : 16)) + (isDay ? "" : "Z")
    }
}
