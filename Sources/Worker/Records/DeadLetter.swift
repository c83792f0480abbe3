// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Makes dead letters: the record as it came, and headers that say where it came from and what was wrong.
struct DeadLetter: Sendable {
    static let prefix = "cloud4bert.error."
    /// How often a record that was requeued has failed; it travels with the record, for the next dead letter to count on.
    static let attemptsHeader = "cloud4bert.attempts"
    let topic: String
    let group: String

    func callAsFunction(_ record: Record, _ rejection: Rejection) -> Message {
        let name = Self.prefix
        // A record may have been here before, and come back by `requeue` or as it was: its attempts are counted on, and
        // its old headers give way.
        let earlier = record.lastHeader(Self.attemptsHeader) ?? record.lastHeader(name + "attempts")
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
        return Message(record, to: topic, value: record.value, headers: Self.original(record.headers) + headers)
    }

    /// The headers that a record had before it became a dead letter.
    static func original(_ headers: [Header]) -> [Header] {
        headers.filter { !$0.name.hasPrefix(prefix) && $0.name != attemptsHeader }
    }
}

extension DeadLetter {
    /// Makes dead letters for the topic that the settings name.
    init(settings: Settings) {
        self.init(topic: settings[Settings.deadLetterTopic], group: settings[Settings.groupID])
    }
}
