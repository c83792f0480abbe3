// SPDX-License-Identifier: Apache-2.0
import Kafka

extension Command {
    static let cluster = Command(
        name: "cluster",
        summary: "run a throwaway Kafka broker on this machine, in memory, and print its bootstrap servers",
        examples: [
            "--topics comments:4,comments.sentiment:4,comments.dead-letters"
        ],
        options: [
            Option("topics", "NAME:PARTITIONS,…", "topics to create; one partition each unless said"),
            Option("brokers", "N", "how many brokers; 1 unless said"),
        ],
        takesSettings: false
    ) { invocation in
        try invocation.refuseArguments()
        let (stopped, stop) = AsyncStream<Void>.makeStream()
        let signals = Signals { _ in stop.finish() }
        defer { withExtendedLifetime(signals) {} }
        let cluster = try LocalCluster(brokers: invocation.integer("brokers", in: 1...16) ?? 1)
        for topic in try TopicList.parse(invocation.value("topics") ?? "") {
            try cluster.createTopic(topic.name, partitions: topic.partitions)
        }
        Terminal.complain(
            "a cluster for trying things out, in memory until this command ends: a partition keeps its newest 5 MiB, and "
                + "delivery.guarantee=exactly_once does not hold, since offsets of transactions are forgotten and aborted "
                + "records are shown"
        )
        try Terminal.line(cluster.bootstrapServers)
        for await _ in stopped {}
    }
}

/// Topics as `--topics` lists them.
struct TopicList {
    static func parse(_ text: String) throws -> [(name: String, partitions: Int)] {
        try text.split(separator: ",").map { entry in
            let parts = entry.split(separator: ":", omittingEmptySubsequences: false)
            let partitions = parts.count == 2 ? Int(parts[1]) ?? 0 : 1
            guard Topic.isName(String(parts[0])), parts.count <= 2, (1...10_000).contains(partitions) else {
                throw UsageError(
                    "--topics: '\(entry)' is not a topic's name, or a name and its partitions, as comments:8"
                )
            }
            return (String(parts[0]), partitions)
        }
    }
}
