// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Makes dead letters: the record as it came, and headers that say where it came from and what was wrong.
struct DeadLetter: Sendable {
    static let prefix = "cloud4bert.error."
    let topic: String
    let group: String

    func callAsFunction(_ record: Record, _ rejection: Rejection) -> Message {
        let name = Self.prefix
        // A requeued record has been here before; its attempts are counted on, and its old headers give way.
        let earlier = record.headers.last { $0.name == name + "attempts" }?.value
        let attempts = earlier.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
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
        let own = record.headers.filter { !$0.name.hasPrefix(name) }
        return Message(record, to: topic, value: record.value, headers: own + headers)
    }
}
