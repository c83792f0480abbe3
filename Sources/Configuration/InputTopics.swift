// SPDX-License-Identifier: Apache-2.0
import Kafka
package import Settings

/// What `input.topics` stands for: the topics that it names, and those that its regular expressions match, but for what
/// the worker writes to. Reading that, it would feed on itself for ever.
package struct InputTopics {
    /// Topics that are named, in their order.
    package let names: [String]
    /// Regular expressions, in their order.
    package let expressions: [String]
    /// Entries whose topics go before the others, and have a consumer of their own.
    package let urgent: [String]
    /// What the other consumers read.
    package let ordinary: [String]
    /// Topics that the worker writes to: with results, with dead letters, and, through the brokers, with commits.
    package let written: [String]
    private let patterns: [TopicPattern]

    package init(settings: Settings) {
        let entries = settings[Settings.inputTopics]
        names = entries.filter { !TopicPattern.isPattern($0) }
        expressions = entries.filter(TopicPattern.isPattern)
        let own = settings.outputTopics + [settings[Settings.deadLetterTopic]]
        written = own.filter { !$0.isEmpty } + Topic.ofCommits
        // One that is malformed matches nothing; `problems` tells of it.
        patterns = expressions.compactMap { try? TopicPattern($0) }
        let urgent = settings[Settings.priorityTopics]
        let urgentPatterns = urgent.filter(TopicPattern.isPattern).compactMap { try? TopicPattern($0) }
        self.urgent = urgent
        ordinary = entries.filter { entry in
            guard !urgent.contains(entry) else { return false }
            return TopicPattern.isPattern(entry) || !urgentPatterns.contains { $0.matches(entry) }
        }
    }

    /// Whether a topic is one of them.
    package func contains(_ topic: String) -> Bool {
        !written.contains(topic) && (names.contains(topic) || patterns.contains { $0.matches(topic) })
    }

    /// Topics that the expressions match and that are not read all the same.
    package var leftOut: [String] { written.filter { topic in patterns.contains { $0.matches(topic) } } }

    /// What librdkafka's `topic.blacklist` has to be, so that a consumer never sees what is left out, nor what the user
    /// hides from it. It goes by names, so that it holds for topics that do not exist yet.
    ///
    /// It is the same for all members of a group: one of them has the partitions of all topics shared out, and would leave
    /// out those that are hidden from it.
    func blacklist(adding given: String?) -> String? {
        guard !expressions.isEmpty else { return given }
        // The user's comes last: after a comma at its end an empty expression would stand, which matches everything.
        return (written.map(TopicPattern.literal) + (given.map { [$0] } ?? [])).joined(separator: ",")
    }

    /// Topics that are named, and that the user's own `topic.blacklist` hides from the consumer: it would be told that they
    /// do not exist.
    private func hidden(by settings: Settings) -> [String] {
        let keys = ["kafka.consumer.", "kafka."].map { $0 + Settings.blacklist }
        guard let key = keys.first(where: { settings.given[$0] != nil }) else { return [] }
        return Self.expressions(in: settings.given[key]?.text ?? "").flatMap { text in
            // One that is malformed is a problem of its own.
            guard let pattern = try? TopicPattern(text) else { return [String]() }
            return names.filter(pattern.matches).map { "\(key): '\(text)' hides '\($0)', which input.topics names" }
        }
    }

    /// The expressions of a list as librdkafka takes it apart: each comma ends one. An empty one matches everything; behind
    /// the last comma there is none.
    private static func expressions(in list: String) -> [String] {
        let pieces = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        return pieces.last == "" ? pieces.dropLast() : pieces
    }

    /// What is wrong with those that are to go first.
    private var priorityProblems: [String] {
        var problems: [String] = []
        for entry in urgent {
            guard names.contains(entry) || expressions.contains(entry) else {
                problems.append(
                    "priority.topics: '\(entry)' is not in input.topics, where it has to stand as it is here"
                )
                continue
            }
            // What overlaps of two expressions only the brokers could tell.
            for other in ordinary where TopicPattern.isPattern(other) && !TopicPattern.isPattern(entry) {
                guard let pattern = try? TopicPattern(other), pattern.matches(entry) else { continue }
                problems.append(
                    "priority.topics: '\(other)' in input.topics stands for '\(entry)' too, and would have it read with the others"
                )
            }
        }
        if problems.isEmpty, !urgent.isEmpty, ordinary.isEmpty {
            problems.append("priority.topics: has all of input.topics, and leaves none that they could go before")
        }
        return problems
    }

    /// What is wrong with the topics, each by itself and all together.
    static func problems(in settings: Settings) -> [String] {
        let inputs = InputTopics(settings: settings)
        let deadLetters = settings[Settings.deadLetterTopic]
        let outputs =
            [(Settings.outputTopic.key, settings[Settings.outputTopic])]
            + settings[Settings.outputRoutes].topics.map { (Settings.outputRoutes.key, $0) }
        var problems: [String] = []
        for expression in inputs.expressions {
            do throws(TopicPattern.Malformed) { _ = try TopicPattern(expression) } catch {
                problems.append(
                    "input.topics: '\(expression)' is not a regular expression: \(error.reason); a comma ends one"
                )
            }
        }
        let named = inputs.names.map { ("input.topics", $0) } + outputs + [("dead.letter.topic", deadLetters)]
        for (key, topic) in named where !topic.isEmpty && !Topic.isName(topic) {
            problems.append("\(key): '\(topic)' is not a topic name: 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-'")
        }
        problems += inputs.hidden(by: settings)
        for list in [Settings.inputTopics, Settings.priorityTopics] {
            for (entry, count) in Dictionary(settings[list].map { ($0, 1) }, uniquingKeysWith: +) where count > 1 {
                problems.append("\(list.key): '\(entry)' is there twice")
            }
        }
        problems += inputs.priorityProblems
        for topic in Topic.ofCommits where inputs.names.contains(topic) {
            problems.append("input.topics: '\(topic)' is Kafka's own; the worker would read its own commits")
        }
        for (key, output) in outputs where !output.isEmpty && inputs.names.contains(output) {
            problems.append("\(key): '\(output)' is an input topic too; the worker would tag its own output")
        }
        if !deadLetters.isEmpty, inputs.names.contains(deadLetters) || settings.outputTopics.contains(deadLetters) {
            problems.append("dead.letter.topic: '\(deadLetters)' is an input or output topic too")
        }
        return problems
    }
}

extension Settings {
    /// The properties of a consumer that reads `input.topics`. Of others they may hide what they are asked for.
    package var inputProperties: [String: String] {
        var properties = consumerProperties
        let given = properties[Self.blacklist]
        properties[Self.blacklist] = InputTopics(settings: self).blacklist(adding: given)
        return properties
    }

    /// How many consumers a worker has: those of `consumer.workers`, and the one of `priority.topics`.
    package var consumerCount: Int {
        self[Settings.consumerWorkers] + (self[Settings.priorityTopics].isEmpty ? 0 : 1)
    }

    /// The properties of the consumer that reads what a front has jumped over. Where that is gone it begins with the
    /// oldest record that is left, so that none is passed over.
    package var gapProperties: [String: String] {
        var properties = inputProperties.merging(["auto.offset.reset": "earliest"]) { $1 }
        properties["group.instance.id"] = nil
        return properties
    }

    /// The topics that tagged records go to: `output.topic` and those of `output.routes`, each once.
    package var outputTopics: [String] {
        let standard = self[Settings.outputTopic]
        return [standard] + self[Settings.outputRoutes].topics.filter { $0 != standard }
    }

    /// librdkafka's property that hides topics, also from subscriptions by name.
    package static let blacklist = "topic.blacklist"
}
