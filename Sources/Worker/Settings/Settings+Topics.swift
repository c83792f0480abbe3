// SPDX-License-Identifier: Apache-2.0
import Kafka

extension Settings {
    /// Topics that a worker writes to, and so must not read.
    var ownTopics: [String] {
        [self[Settings.outputTopic], self[Settings.deadLetterTopic]].filter { !$0.isEmpty }
    }

    /// Whether topics are read by a regular expression.
    var hasPattern: Bool { self[Settings.inputTopics].contains { $0.hasPrefix("^") } }

    /// The properties of the consumer that reads `input.topics`: from its regular expressions the worker's own topics are
    /// kept, those that are created later too. The property would also hide a topic from all that asks for it by name.
    var subscriberProperties: [String: String] {
        var properties = consumerProperties
        if hasPattern { properties["topic.blacklist"] = hiddenTopics }
        return properties
    }

    /// The value of `topic.blacklist` for `subscriberProperties`: what the user hides, and the worker's own topics.
    var hiddenTopics: String {
        let given = consumerProperties["topic.blacklist"].map { [$0] } ?? []
        return (given + ownTopics.map(Self.pattern)).joined(separator: ",")
    }

    /// A regular expression that matches this name alone. Of the characters in topics' names only the dot means another
    /// thing in an expression, and in brackets it means itself whatever the dialect.
    private static func pattern(_ name: String) -> String { "^\(name.replacing(".", with: "[.]"))$" }

    /// What is wrong with the names of topics, each by itself and all together.
    func topicProblems() -> [String] {
        var problems: [String] = []
        let (inputs, output) = (self[Settings.inputTopics], self[Settings.outputTopic])
        let deadLetters = self[Settings.deadLetterTopic]
        for input in inputs {
            if input.hasPrefix("^") {
                let error = Librdkafka.problems(in: ["topic.blacklist": input]).first
                if let error { problems.append("input.topics: '\(input)' is no regular expression: \(error.reason)") }
            } else if !Self.isTopic(input) {
                problems.append("input.topics: '\(input)' \(Self.topicRule)")
            }
        }
        for (key, topic) in [("output.topic", output), ("dead.letter.topic", deadLetters)]
        where !topic.isEmpty && !Self.isTopic(topic) {
            problems.append("\(key): '\(topic)' \(Self.topicRule)")
        }
        if !output.isEmpty, inputs.contains(output) {
            problems.append("output.topic: '\(output)' is an input topic too; the worker would tag its own output")
        }
        if !deadLetters.isEmpty, inputs.contains(deadLetters) || deadLetters == output {
            problems.append("dead.letter.topic: '\(deadLetters)' is an input or output topic too")
        }
        return problems
    }

    private static let topicRule =
        "is no name of a topic, which has 1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-'"

    /// Kafka's own rule.
    private static func isTopic(_ name: String) -> Bool {
        let isLegal = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isLegal && (1...249).contains(name.utf8.count) && name != "." && name != ".."
    }
}
