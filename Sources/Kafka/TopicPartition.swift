// SPDX-License-Identifier: Apache-2.0

/// One partition of one topic.
public struct TopicPartition: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The topic's name.
    public let topic: String
    /// The partition's number, from 0; -1 where none was chosen yet, as in the report of a record that was never sent.
    public let partition: Int32

    /// Names partition `partition` of `topic`.
    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    /// `topic[3]`
    public var description: String { "\(topic)[\(partition)]" }

    /// By topic, then by number.
    public static func < (first: TopicPartition, second: TopicPartition) -> Bool {
        (first.topic, first.partition) < (second.topic, second.partition)
    }
}

extension Collection<TopicPartition> {
    /// `comments[0], comments[1] and 6 more`: a list for an error message, short however many there are.
    var summary: String {
        let named = map(\.description).sorted()
        let shown = named.prefix(3).joined(separator: ", ")
        return named.count > 3 ? "\(shown) and \(named.count - 3) more" : shown
    }
}
