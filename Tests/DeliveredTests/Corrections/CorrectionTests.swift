// SPDX-License-Identifier: Apache-2.0
import Kafka
import Testing

@testable import Delivered

@Suite struct CorrectionTests {
    private let source = ResultSource(topic: "my-topic", partition: 3, offset: 42)

    private func record(_ value: String?, key: String? = nil, partition: Int32 = 0, time: Int64 = 0) -> Record {
        Record(
            topicPartition: TopicPartition(topic: "corrections", partition: partition),
            offset: 0,
            timestamp: Timestamp(milliseconds: time),
            key: key.map { Array($0.utf8) },
            value: value.map { Array($0.utf8) }
        )
    }

    @Test(
        "A correction names a result by its id, with the model or without, and the right label or none",
        arguments: [
            (#"{"id":"my-topic-3-42","label":"negative"}"#, "negative"),
            (#"{"by":{"id":"x"},"label":"bad","id":"my-topic-3-42@0123456789ab","label":"negative"}"#, "negative"),
            (#"{"id":"my-topic-3-42","label":"n\u00e9gatif"}"#, "négatif"),
            (#"{"label":null,"id":"my-topic-3-42"}"#, nil),
        ]
    )
    func reads(value: String, label: String?) throws {
        let correction = try #require(Correction(record(value)))
        #expect(correction.source == source && correction.label == label)
    }

    @Test("One without a value withdraws the verdict on the id that is its key")
    func tombstone() {
        #expect(Correction(record(nil, key: "my-topic-3-42@abc"))?.source == source)
        #expect(Correction(record(nil, key: "my-topic-3-42"))?.label == nil)
        #expect(Correction(record(nil)) == nil && Correction(record(nil, key: "")) == nil)
    }

    @Test(
        "What is no correction is none",
        arguments: [
            "", "{", "[]", "null", #""my-topic-3-42""#, "{}", #"{"id":"my-topic-3-42"}"#, #"{"label":"negative"}"#,
            #"{"id":7,"label":"negative"}"#, #"{"id":"my-topic-3-42","label":7}"#,
            #"{"id":"my-topic-3-42","label":"\ud800"}"#, #"{"id":"my-topic-3-42","label":" "}"#,
            #"{"id":"my-topic-3-42","label":"\u001b[2J"}"#, #"{"id":"my topic-3-42","label":"negative"}"#,
            #"{"id":"my-topic-3-99999999999999999999","label":"negative"}"#, #"{"id":"","label":"negative"}"#,
            #"{"id":"@my-topic-3-42","label":"negative"}"#, #"{"id":"my-topic-3-42","label":"negative"} "# + "x",
            #"{"id":"my-topic-3-42","label":"\#(String(repeating: "n", count: 201))"}"#,
        ]
    )
    func refuses(value: String) { #expect(Correction(record(value)) == nil) }

    @Test("The newest verdict counts: of one partition the later one, of two that with the later timestamp")
    func newest() {
        func verdicts(_ records: [(label: String?, partition: Int32, time: Int64)]) -> Verdicts {
            var verdicts = Verdicts()
            for (label, partition, time) in records {
                let word = label.map { "\"\($0)\"" } ?? "null"
                verdicts.add(record(#"{"id":"my-topic-3-42","label":\#(word)}"#, partition: partition, time: time))
            }
            return verdicts
        }
        #expect(verdicts([("a", 0, 5), ("b", 0, 1)]).labels == [source: "b"])
        #expect(verdicts([("a", 0, 5), ("b", 1, 1)]).labels == [source: "a"])
        #expect(verdicts([("a", 1, 1), ("b", 0, 5)]).labels == [source: "b"])
        let withdrawn = verdicts([("a", 0, 1), (nil, 0, 2)])
        #expect(withdrawn.labels.isEmpty && withdrawn.withdrawn == 1 && withdrawn.read == 2)
        #expect(verdicts([("a", 0, 1), (nil, 0, 2), ("c", 0, 3)]).labels == [source: "c"])
    }
}
