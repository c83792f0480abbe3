// SPDX-License-Identifier: Apache-2.0
import Bert
import Kafka
import Testing

@testable import Worker

@Suite struct ResultSourceTests {
    private let verdict = Verdict(ranking: [LabelScore(label: "positive", score: 0.75)], tokens: 5, isTruncated: false)

    private func source(of record: Record, field: String = "sentiment", topics: Set<String> = ["in"]) -> ResultSource? {
        ResultSource(output: record, of: topics, field: JSONWriter.quoted(field))
    }

    /// What stands in the output topic.
    private func written(_ message: Message) -> Record {
        Record(
            topicPartition: TopicPartition(topic: "out", partition: 0),
            offset: 0,
            key: message.key,
            value: message.value,
            headers: message.headers
        )
    }

    private func output(_ mode: OutputMode) -> Output {
        Output(topic: "out", mode: mode, field: "sentiment", model: ModelTag(name: "m", digest: "d", precision: "f32"))
    }

    @Test("Each output mode's results name their record", arguments: OutputMode.allCases)
    func modes(mode: OutputMode) throws {
        let record = testRecord(
            #"{"text":"hi","source":{"topic":"in","partition":9,"offset":9}}"#,
            partition: 3,
            offset: 70
        )
        let result = written(try output(mode)(Event(record: record, text: "hi"), verdict))
        let expected = ResultSource(topic: "in", partition: 3, offset: 70)
        #expect(source(of: result) == expected)
        #expect(source(of: result, topics: ["other"]) == nil)
        let tombstone = written(output(mode).tombstone(testRecord(nil, partition: 3, offset: 70)))
        #expect(source(of: tombstone) == expected)
    }

    @Test("What a worker before said of the same record is passed over", arguments: OutputMode.allCases)
    func chain(first: OutputMode) throws {
        let record = testRecord(#"{"text":"hi"}"#, partition: 3, offset: 70)
        let between = written(try output(first)(Event(record: record, text: "hi"), verdict))
        for mode in OutputMode.allCases {
            let result = written(try output(mode)(Event(record: between, text: "hi"), verdict))
            #expect(source(of: result, topics: ["out"]) == ResultSource(topic: "out", partition: 0, offset: 0))
        }
    }

    @Test("A dead letter names its record")
    func deadLetter() {
        let record = testRecord("x", partition: 3, offset: 70)
        let letter = written(DeadLetter(topic: "dead", group: "g")(record, Rejection(.badJSON, in: .decode, "")))
        #expect(ResultSource(deadLetter: letter) == ResultSource(topic: "in", partition: 3, offset: 70))
        #expect(ResultSource(deadLetter: record) == nil)
    }

    @Test("An id's topic may have hyphens in it", arguments: ["a", "a-1", "-", "a--2", ""])
    func ids(topic: String) {
        #expect(ResultSource(id: "\(topic)-12-345") == ResultSource(topic: topic, partition: 12, offset: 345))
    }

    @Test(
        "Whatever stands there instead names nothing",
        arguments: [
            "", "{", "[]", "null", #"{"source":1}"#, #"{"source":{}}"#, #"{"source":{"topic":"in"}}"#,
            #"{"source":{"topic":"in","partition":"0","offset":1}}"#, #"{"source":{"topic":"#, "{\"", "{\"\\",
            #"{"source":{"topic":in,"partition":0,"offset":1}}"#,
            #"{"source":{"topic":"in","partition":4294967296,"offset":1}}"#,
            #"{"source":{"topic":"in","partition":0,"offset":1.5}}"#, #"{"sentiment":{"source":{"topic":"in"}}}"#,
        ]
    )
    func nothing(value: String) {
        #expect(source(of: testRecord(value)) == nil)
        for id in ["", "in", "in-1", "in-x-1", "in-1-x", "in-1--1-"] { #expect(ResultSource(id: id) == nil) }
    }
}
