// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import JSON
import Scan
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct ScoredEnvelopeTests {
    private static let whole = """
        {"id":"in-0-7@abc","label":"negative","score":0.7,"scores":[{"label":"negative","score":0.7},\
        {"label":"neutral","score":0.3}],"decision":"pass","source":{"topic":"in","timestamp_ms":5},"text":"T\\u00e4xt"}
        """

    private func read(_ text: String, in field: String? = nil) throws(ScoredEnvelope.Failure) -> ScoredEnvelope {
        try ScoredEnvelope(Array(text.utf8), in: field.map { Array($0.utf8) })
    }

    @Test("What the worker writes is read back bit for bit, in every place that an envelope may stand in")
    func written() throws {
        let version = try testVersion()
        let record = testRecord(#"{"text":"x","n":1}"#, offset: 3)
        let ranking = [LabelScore(label: "LABEL_1", score: 0.1 + 0.2), LabelScore(label: "LABEL_0", score: 1e-9)]
        let prediction = Prediction(ranking: ranking, uncertainty: nil, tokens: 3, isTruncated: false)
        let tag = Tag(prediction, decision: .review, by: version.tag)
        for mode in [OutputMode.envelope, .merge, .cloudevents, .structured] {
            let output = Output(settings: try testSettings(["output.mode": mode.rawValue, "output.field": "sent"]))
            let value = try #require(try output(record, "x", tag).first?.value)
            let envelope = try ScoredEnvelope(value, in: mode.envelopeField(merged: "sent"))
            #expect(envelope.ranking == ranking && envelope.decision == "review" && envelope.id == "in-0-3")
            #expect(envelope.timestamp == 1_700_000_000_123)
            #expect(envelope.text(in: value) == (mode == .merge ? nil : "x"))
        }
    }

    @Test("What other classifiers say is read back as thresholds and routes name it")
    func more() throws {
        let text = """
            {"id":"a","label":"x","scores":[{"label":"x","score":1}],"decision":"x","more":{"tox":{"label":"mild",\
            "scores":[{"label":"mild","score":0.75},{"label":"bad","score":0.25}]},"mood":{"label":"joy","labels":["fun","joy"],\
            "scores":[{"label":"fun","score":0.5},{"label":"joy","score":0.75}]},"off":{"label":null,"scores":[],\
            "error":"inference"},"odd":7}}
            """
        let envelope = try read(text)
        let expected: [(String, Float)] = [
            ("x", 1), ("tox.*", 0.75), ("tox.mild", 0.75), ("tox.bad", 0.25), ("mood.*", 0.75), ("mood.joy", 0.75),
            ("mood.fun", 0.5),
        ]
        #expect(envelope.namedScores == expected.map { LabelScore(label: $0.0, score: $0.1) })
        let inner = try Envelope(Array(text.utf8), in: nil)
        #expect(inner.more.labels == ["tox.mild", "mood.fun"] && !inner.lacksScores && !inner.isUntagged)
        for broken in [#"{"more":[1]}"#, #"{"more":{"a":{"scores":{}}}}"#, #"{"more":{"a":{"labels":7}}}"#] {
            let more = try Envelope(Array(broken.utf8), in: nil).more
            #expect(more.scores.isEmpty && more.labels.isEmpty)
        }
    }

    @Test("Scores in any order come out highest first, and an id without its model")
    func sorted() throws {
        let envelope = try read(
            #"{"decision":"hold","scores":[{"score":0.25,"label":"a"},{"label":"b","score":0.75,"x":[{}]}],"id":"t-1-2@f"}"#
        )
        #expect(envelope.ranking.map(\.label) == ["b", "a"] && envelope.record == "t-1-2" && envelope.timestamp == nil)
        let bytes = Array(Self.whole.utf8)
        #expect(try read(Self.whole).text(in: bytes) == "Täxt")
        #expect(try read(#"{"id":"x","scores":[],"decision":"unscored"}"#).ranking.isEmpty)
    }

    @Test(
        "What is no envelope is refused",
        arguments: [
            "", "{", "null", "[]", "{}", "7", #"{"id":"x","decision":"pass"}"#,
            #"{"id":1,"scores":[],"decision":"pass"}"#,
            #"{"id":"x","scores":{},"decision":"pass"}"#, #"{"id":"x","scores":[7],"decision":"pass"}"#,
            #"{"id":"x","scores":[{"label":"a"}],"decision":"pass"}"#,
            #"{"id":"x","scores":[{"label":"a","score":"0.5"}],"decision":"pass"}"#,
            #"{"id":"x","scores":[{"label":"a","score":1e999}],"decision":"pass"}"#,
            #"{"id":"\ud800","scores":[],"decision":"pass"}"#, #"{"id":"x","scores":[],"decision":null}"#,
            #"{"id":"x","scores":[],"decision":"pass"} x"#,
        ]
    )
    func foreign(text: String) {
        #expect(throws: ScoredEnvelope.Failure.foreign) { try read(text) }
        #expect(throws: ScoredEnvelope.Failure.foreign) { try read(text, in: "sentiment") }
    }

    @Test("A replay's lines of records without a result are told apart from what is foreign")
    func untagged() {
        for text in [#"{"id":"x","untagged":true}"#, #"{"id":"x","error":{"reason":"bad_json","message":""}}"#] {
            #expect(throws: ScoredEnvelope.Failure.untagged) { try read(text) }
            #expect(throws: ScoredEnvelope.Failure.untagged) { try read(text, in: "sentiment") }
        }
    }

    @Test("No cut of an envelope, and no byte that is put into it, is more than foreign")
    func hostile() {
        let bytes = Array(Self.whole.utf8)
        for end in bytes.indices {
            #expect(throws: ScoredEnvelope.Failure.self) { try ScoredEnvelope(Array(bytes[..<end]), in: nil) }
        }
        for place in bytes.indices {
            for byte in [0, 0x22, 0x5C, 0x7B, 0x7D, 0xFF, 0x2C] as [UInt8] {
                var broken = bytes
                broken[place] = byte
                _ = (try? ScoredEnvelope(broken, in: nil))?.text(in: broken)
            }
        }
    }
}
