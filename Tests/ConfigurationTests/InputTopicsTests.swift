// SPDX-License-Identifier: Apache-2.0
import Kafka
import Settings
import Testing
import WorkerTestSupport

@testable import Configuration

/// What a worker reads and what it writes are apart.
@Suite struct InputTopicsTests {
    private static let topics = ["output.topic": "comments.sentiment", "dead.letter.topic": "comments.dead-letters"]

    private func settings(_ inputs: String, _ more: [String: String] = [:]) throws -> Settings {
        try testSettings(Self.topics.merging(["input.topics": inputs]) { $1 }.merging(more) { $1 })
    }

    @Test(
        "Names that would have a worker read what it writes, and texts that are no names, are refused",
        arguments: [
            ("a,comments.sentiment", "output.topic"), ("comments.dead-letters,a", "dead.letter.topic"),
            ("__consumer_offsets", "input.topics"), ("a,__transaction_state", "input.topics"),
            ("a,b,a", "input.topics"), ("^a,^a", "input.topics"), ("^a[", "input.topics"), ("^a(b", "input.topics"),
            ("^a{1,2}", "input.topics"), ("a b", "input.topics"), ("comments.*", "input.topics"),
            ("..", "input.topics"),
            ("comments.sentiment\0", "input.topics"),
        ]
    )
    func refused(inputs: String, key: String) throws {
        let problems = try settings(inputs).workerProblems()
        #expect(problems.contains { $0.hasPrefix(key + ":") }, "\(problems)")
    }

    @Test(
        "A topic that is written to must have a name that Kafka knows, or C would read another one",
        arguments: [
            ("output.topic", "a\0"), ("output.topic", "a b"), ("dead.letter.topic", "a,b"), ("dead.letter.topic", "é"),
            ("output.topic", String(repeating: "x", count: 250)),
        ]
    )
    func unnameable(key: String, topic: String) throws {
        let problems = try settings("a", [key: topic]).workerProblems()
        #expect(problems.count == 1 && problems[0].hasPrefix(key), "\(problems)")
    }

    @Test(
        "Regular expressions never stand for what is written to",
        arguments: [
            ("^comments.*", ["comments.sentiment", "comments.dead-letters"]), ("^comments$", []),
            ("^comments[.]s,a", ["comments.sentiment"]), ("^x,^.*dead", ["comments.dead-letters"]),
            ("^(comments|posts)[.]sentiment$", ["comments.sentiment"]), ("comments,posts", []),
            ("^", ["comments.sentiment", "comments.dead-letters", "__consumer_offsets", "__transaction_state"]),
            ("^_", ["__consumer_offsets", "__transaction_state"]),
        ]
    )
    func leftOut(inputs: String, topics: [String]) throws {
        let settings = try settings(inputs)
        #expect(settings.workerProblems().isEmpty)
        let read = InputTopics(settings: settings)
        #expect(read.leftOut == topics)
        #expect(read.written.allSatisfy { !read.contains($0) })
        #expect(settings.summary.contains("leaves out") != topics.isEmpty)
    }

    @Test("What else an expression matches is read, however like it is")
    func read() throws {
        let read = InputTopics(settings: try settings("^comments.*,posts"))
        for topic in ["comments", "comments-sentiment", "comments.sentiment2", "comments.sentiment.dead", "posts"] {
            #expect(read.contains(topic))
        }
        #expect(!read.contains("posts2") && !read.contains("my.comments"))
    }

    @Test("librdkafka is told by exact names, beside what the user hides, and only where there are expressions")
    func blacklist() throws {
        let own = "^comments[.]sentiment$,^comments[.]dead-letters$,^__consumer_offsets$,^__transaction_state$"
        #expect(try settings("^c").inputProperties["topic.blacklist"] == own)
        #expect(try settings("comments").inputProperties["topic.blacklist"] == nil)
        for key in ["kafka.topic.blacklist", "kafka.consumer.topic.blacklist"] {
            let hidden = [key: "^x,y,"]
            #expect(try settings("^c", hidden).inputProperties["topic.blacklist"] == own + ",^x,y,")
            #expect(try settings("comments", hidden).inputProperties["topic.blacklist"] == "^x,y,")
        }
    }

    @Test(
        "A topic that is named and hidden is refused, by the name of the setting that hides it",
        arguments: [
            ("comments,posts", "kafka.topic.blacklist", "^post", 1),
            ("comments", "kafka.consumer.topic.blacklist", "m+", 1),
            ("comments,posts", "kafka.topic.blacklist", "x,,y", 2), ("comments", "kafka.topic.blacklist", "", 0),
            ("comments,posts", "kafka.topic.blacklist", "^comments$,^comments,", 2),
            ("comments", "kafka.topic.blacklist", "^posts,x,", 0),
            ("^comments", "kafka.topic.blacklist", "^comments", 0),
            ("comments", "kafka.producer.topic.blacklist", "^comments", 0),
        ]
    )
    func hidden(inputs: String, key: String, list: String, count: Int) throws {
        let problems = try settings(inputs, [key: list]).workerProblems()
        #expect(problems.count == count && problems.allSatisfy { $0.hasPrefix(key + ":") }, "\(problems)")
    }

    @Test("What is hidden from the input is not hidden from the producer, which could not send to it")
    func producer() throws {
        for key in ["kafka.topic.blacklist", "kafka.producer.topic.blacklist"] {
            let settings = try settings("^c", [key: "^comments[.].*"])
            #expect(settings.producerProperties["topic.blacklist"] == nil)
            #expect(settings.transactionalProperties(id: "t")["topic.blacklist"] == nil)
        }
    }

    @Test(
        "Topics that go first have a consumer of their own",
        arguments: [
            ("comments,live", "live", ["comments"]), ("^c,live,^l", "^l", ["^c"]),
            ("^c,live,posts", "live", ["^c", "posts"]),
            ("comments,posts", "", ["comments", "posts"]),
        ]
    )
    func priority(inputs: String, first: String, ordinary: [String]) throws {
        let settings = try settings(inputs, ["priority.topics": first])
        #expect(settings.workerProblems().isEmpty)
        let topics = InputTopics(settings: settings)
        #expect(topics.ordinary == ordinary && topics.urgent.joined(separator: ",") == first)
        #expect(settings.consumerCount == (first.isEmpty ? 1 : 2))
    }

    @Test(
        "What cannot go first is refused, with all other problems",
        arguments: [
            (["priority.topics": "other"], "priority.topics: 'other' is not in input.topics"),
            (["priority.topics": "^live"], "priority.topics: '^live' is not in input.topics"),
            (["priority.topics": "posts"], "priority.topics: '^p' in input.topics stands for 'posts' too"),
            (["priority.topics": "comments,posts,^p"], "priority.topics: has all of input.topics"),
            (["priority.topics": "comments,comments"], "priority.topics: 'comments' is there twice"),
            (
                ["priority.topics": "comments", "kafka.consumer.group.instance.id": "one"],
                "kafka.consumer.group.instance.id: names one consumer, and priority.topics"
            ),
            (["priority.records": "/tier=gold", "input.format": "text"], "priority.records: looks into JSON"),
            (["priority.records": "/comments/*/tier=gold"], "priority.records: has a condition on each element"),
        ]
    )
    func priorityRefused(flags: [String: String], problem: String) throws {
        let problems = try settings("comments,posts,^p", flags).workerProblems()
        #expect(problems.count == 1 && problems[0].hasPrefix(problem), "\(problems)")
    }

    @Test("A filter of records that go first is read as input.filter is")
    func priorityFilter() {
        #expect(throws: SettingsError.self) { try settings("comments", ["priority.records": "tier=gold"]) }
    }
}
