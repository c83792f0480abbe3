// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Kafka
import Testing
import WorkerTestSupport

@testable import Delivered
@testable import Worker

@Suite struct ResultSourceTests {
    private let tag = Tag(
        Prediction(
            ranking: [LabelScore(label: "positive", score: 0.75)],
            uncertainty: nil,
            tokens: 5,
            isTruncated: false
        ),
        decision: nil,
        by: ModelTag(name: "m", digest: "d", precision: "f32")
    )

    private func source(of record: Record, field: String = "sentiment", topics: Set<String> = ["in"]) -> ResultSource? {
        ResultSource(output: record, of: topics, field: field)
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
        Output(topic: "out", routes: .none, mode: mode, field: "sentiment", prefix: .none)
    }

    @Test("Each output mode's results name their record", arguments: OutputMode.allCases)
    func modes(mode: OutputMode) throws {
        let record = testRecord(
            #"{"text":"hi","source":{"topic":"in","partition":9,"offset":9}}"#,
            partition: 3,
            offset: 70
        )
        let result = written(try output(mode)(record, "hi", tag)[0])
        let expected = ResultSource(topic: "in", partition: 3, offset: 70)
        #expect(source(of: result) == expected)
        #expect(source(of: result, topics: ["other"]) == nil)
        let tombstone = written(output(mode).untagged(testRecord(nil, partition: 3, offset: 70)))
        #expect(source(of: tombstone) == expected)
    }

    @Test("What a worker before said of the same record is passed over", arguments: OutputMode.allCases)
    func chain(first: OutputMode) throws {
        let record = testRecord(#"{"text":"hi"}"#, partition: 3, offset: 70)
        let between = written(try output(first)(record, "hi", tag)[0])
        for mode in OutputMode.allCases {
            let result = written(try output(mode)(between, "hi", tag)[0])
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

    @Test("A dead letter that names no place of Kafka's names nothing")
    func forgedLetter() {
        func source(_ topic: [UInt8], _ partition: String, _ offset: String) -> ResultSource? {
            let headers = [
                Header(name: "cloud4bert.error.topic", value: topic), Header("cloud4bert.error.partition", partition),
                Header("cloud4bert.error.offset", offset),
            ]
            return ResultSource(deadLetter: testRecord("x", headers: headers))
        }
        #expect(source(Array("in".utf8), "3", "70") == ResultSource(topic: "in", partition: 3, offset: 70))
        for (partition, offset) in [("-1", "0"), ("-5", "0"), ("0", "-1"), ("", "0"), ("0", "9223372036854775808")] {
            #expect(source(Array("in".utf8), partition, offset) == nil)
        }
        let names = ["", ".", "..", "a b", "a/b", "é", "a\0", String(repeating: "a", count: 250)].map { Array($0.utf8) }
        for name in names + [[0x61, 0xFF]] { #expect(source(name, "0", "0") == nil) }
    }

    @Test("Of repeated members the last counts, names may be escaped, and what is no JSON names nothing")
    func spelling() {
        let place = #"{"topic":"in","partition":1,"offset":2}"#
        let expected = ResultSource(topic: "in", partition: 1, offset: 2)
        #expect(source(of: testRecord(#"{"source":{"topic":"other"},"sourc\u0065":\#(place)}"#)) == expected)
        #expect(source(of: testRecord(#"{"source":\#(place),"source":1}"#)) == nil)
        #expect(source(of: testRecord(#"{"sentimen\u0074":{"source":\#(place)}}"#)) == expected)
        #expect(source(of: testRecord(#"{"source":{"source":\#(place)}}"#), field: "source") == expected)
        #expect(source(of: testRecord(#"{"source":\#(place)} x"#)) == nil)
        #expect(source(of: testRecord(#"{"source":{"topic":"i\u006e","partition":1,"offset":2}}"#)) == expected)
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
