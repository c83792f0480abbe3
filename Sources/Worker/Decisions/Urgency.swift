// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Settings

/// Which of a consumer's records are urgent, and go before others to the encoders. Pure.
enum Urgency: Sendable {
    case none
    /// All: they are of `priority.topics`.
    case all
    /// Those that `priority.records` admits.
    case some(RecordFilter, InputPrefix)

    func callAsFunction(_ record: Record) -> Bool {
        switch self {
        case .none: return false
        case .all: return true
        case .some(let filter, let prefix):
            // Headers are looked at without the value.
            guard let value = filter.needsJSON ? try? prefix.removed(from: record.value ?? []) : [] else {
                return false
            }
            return (try? filter.admits(record, value: value)) ?? false
        }
    }
}

extension Urgency {
    /// Of the records of topics that are not in `priority.topics`.
    init(settings: Settings) {
        let filter = settings[Settings.priorityRecords]
        self = filter.isEmpty ? .none : .some(filter, settings[Settings.inputPrefix])
    }
}
