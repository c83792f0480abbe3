// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Settings

/// Makes dead letters: the record as it came, and headers that say where it came from and what was wrong.
struct DeadLetter: Sendable {
    let topic: String
    let group: String

    func callAsFunction(_ record: Record, _ rejection: Rejection) -> Message {
        let name = OwnHeaders.errorPrefix
        // A record may have been here before, and come back by `requeue` or as it was: its attempts are counted on, and
        // its old headers give way.
        let earlier = record.lastHeader(OwnHeaders.attempts) ?? record.lastHeader(name + "attempts")
        let attempts = earlier.flatMap { Int($0) } ?? 0
        let headers = [
            Header(name + "topic", record.topicPartition.topic),
            Header(name + "partition", record.topicPartition.partition),
            Header(name + "offset", record.offset),
            Header(name + "timestamp", record.timestamp?.milliseconds ?? -1),
            Header(name + "group", group),
            Header(name + "stage", rejection.stage.rawValue),
            Header(name + "reason", rejection.reason.rawValue),
            Header(name + "message", rejection.message),
            Header(name + "attempts", attempts < Int.max ? max(attempts, 0) + 1 : attempts),
        ]
        return Message(record, to: topic, value: record.value, headers: OwnHeaders.original(record.headers) + headers)
    }
}

extension DeadLetter {
    /// Makes dead letters for the topic that the settings name.
    init(settings: Settings) {
        self.init(topic: settings[Settings.deadLetterTopic], group: settings[Settings.groupID])
    }
}
