// SPDX-License-Identifier: Apache-2.0
import Configuration
import Delivered
import FoundationEssentials
import JSON
import Kafka
import Settings

extension Command {
    static let deadLetters = Command(
        name: "dead-letters",
        arguments: "list | requeue | drop",
        summary: "look at the records of dead.letter.topic, send them back, or settle them for good",
        options: [
            Option("reason", "REASON,…", "only letters with this reason, or one of these"),
            Option("partition", "N,…", "only letters in this partition of the dead-letter topic"),
            Option("offset", "N,…", "only letters at this offset of the dead-letter topic"),
            Option("limit", "N", "so many letters, at most"),
            Option(
                "group",
                "NAME",
                "the consumer group that remembers which letters are settled, so that none is sent twice; "
                    + "\(DeadLettersCommand.group) unless said"
            ),
            Option("all", nil, "list: settled letters too"),
            Option("text", nil, "list: the records' values too"),
            Option("json", nil, "one JSON object for each letter, or for what was done"),
            Option(
                "to",
                "TOPIC",
                "requeue: to this topic, by key; else to the partition that the record was read from"
            ),
            Option("yes", nil, "drop: do it"),
        ]
    ) { invocation in
        guard invocation.arguments.count == 1, let action = DeadLettersCommand.Action(invocation.arguments[0]) else {
            throw UsageError("'dead-letters' takes one of list, requeue and drop")
        }
        try DeadLettersCommand(invocation).run(action)
    }
}

/// What is done with dead letters.
///
/// A letter is open until it is requeued or dropped; every action is about open letters, and of those about the ones
/// that all filters let through.
struct DeadLettersCommand {
    enum Action: String {
        case list
        case requeue
        case drop

        init?(_ word: String) { self.init(rawValue: word) }
    }

    static let group = "cloud4bert-dead-letters"

    private let invocation: Invocation
    private let letters: DeadLetters

    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        var filter = LetterFilter()
        filter.reasons = Set(try invocation.list("reason"))
        filter.partitions = Set(try invocation.numbers("partition"))
        filter.offsets = Set(try invocation.numbers("offset"))
        filter.limit = try invocation.integer("limit", in: 1...Int.max) ?? .max
        letters = try DeadLetters(
            settings: invocation.settings(),
            group: invocation.value("group") ?? Self.group,
            filter: filter
        )
    }

    func run(_ action: Action) throws {
        switch action {
        case .list: try list()
        case .requeue: try requeue()
        case .drop: try drop()
        }
    }

    private func list() throws {
        let (isJSON, hasText) = (invocation.has("json"), invocation.has("text"))
        if !isJSON { try Terminal.line(LetterRow.heading) }
        try letters.list(all: invocation.has("all")) { letter, isSettled in
            if isJSON {
                try Terminal.json { $0.letter(letter, isSettled: isSettled, withText: hasText) }
            } else {
                try Terminal.line(LetterRow.text(letter, isSettled: isSettled, withText: hasText))
            }
        }
    }

    private func requeue() throws {
        let (sent, left) = try letters.requeue(to: invocation.value("to"))
        if invocation.has("json") {
            try Terminal.json { json in
                json.object { json in
                    json.field("requeued", sent.values.reduce(0, +))
                    json.field("left", left)
                }
            }
            return
        }
        for (topic, count) in sent.sorted(by: { $0.key < $1.key }) {
            try Terminal.line("\(count) requeued to \(topic)")
        }
        if sent.isEmpty { try Terminal.line("0 requeued") }
        if left > 0 { try Terminal.line("\(left) left: they name no topic to go back to, or none of input.topics") }
    }

    private func drop() throws {
        guard invocation.has("yes") else {
            var count = 0
            try letters.list(all: false) { _, _ in count += 1 }
            let letters = count == 1 ? "1 letter" : "\(count) letters"
            throw UsageError("\(letters) would be given up for good; say --yes to drop them")
        }
        let count = try letters.drop()
        if invocation.has("json") {
            try Terminal.json { json in
                json.object { json in
                    json.field("dropped", count)
                }
            }
        } else {
            try Terminal.line("\(count) dropped")
        }
    }
}
