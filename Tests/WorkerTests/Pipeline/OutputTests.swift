// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Foundation
import Kafka
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct OutputTests {
    private static let ranking = [
        LabelScore(label: "positive", score: 0.75), LabelScore(label: "negative", score: 0.25),
    ]
    private static let prediction = Prediction(
        ranking: ranking,
        uncertainty: Uncertainty(ranking),
        tokens: 5,
        isTruncated: true
    )
    private let tag = Tag(prediction, decision: nil, by: ModelTag(name: "m", digest: "d1", precision: "f32"))

    private func message(_ mode: OutputMode, _ record: Record, text: String = "hi \"you\"\u{1}") throws -> Message {
        let output = Output(topic: "out", routes: .none, mode: mode, field: "sentiment", prefix: .none)
        return try #require(try output(record, text, tag).first)
    }

    private static let envelope =
        #"{"id":"in-2-7","label":"positive","score":0.75,"scores":[{"label":"positive","score":0.75},"#
        + #"{"label":"negative","score":0.25}],"decision":"positive","margin":0.5,"entropy":0.8112781,"polarity":0.5,"#
        + #""intensity":"positive","tokens":5,"truncated":true,"#
        + #""model":{"name":"m","sha256":"d1","precision":"f32"},"#
        + #""source":{"topic":"in","partition":2,"offset":7,"timestamp_ms":1700000000123}"#

    @Test("An envelope holds the prediction, the source and the text, under the record's key, time and headers")
    func envelope() throws {
        let headers = [Header("a", "1"), Header(name: "b", value: nil), Header("a", "2")]
        let message = try message(.envelope, testRecord("x", partition: 2, offset: 7, headers: headers))
        #expect(String(decoding: message.value ?? [], as: UTF8.self) == Self.envelope + #","text":"hi \"you\"\u0001"}"#)
        #expect(message.key == Array("key".utf8))
        #expect(message.timestamp == 1_700_000_000_123)
        #expect(message.headers == headers)
        #expect(message.topic == "out")
    }

    @Test("Where texts may leave the model early, a tag says how many layers its text went through")
    func layers() throws {
        let model = ModelTag(name: "m", digest: "d1", precision: "f32", leavesEarly: true)
        var early = Self.prediction
        early.layers = 3
        let output = Output(topic: "out", routes: .none, mode: .envelope, field: "sentiment", prefix: .none)
        let tagged = try output(testRecord("x"), "hi", Tag(early, decision: nil, by: model))
        let text = String(decoding: try #require(tagged.first).value ?? [], as: UTF8.self)
        #expect(text.contains(#""model":{"name":"m","sha256":"d1","precision":"f32","layers":3}"#))
    }

    /// A prediction beside which two other classifiers say something, and one does not.
    private static var withMore: Prediction {
        let tag = ModelTag(name: "t", digest: "d2", precision: "f32")
        let ranking = [LabelScore(label: "mild", score: 0.5), LabelScore(label: "bad", score: 0.25)]
        var scored = Prediction(ranking: ranking, uncertainty: nil, tokens: 4, isTruncated: false)
        scored.labels = ["mild"]
        var prediction = Self.prediction
        prediction.more = [
            MorePrediction(name: "tox", outcome: .scored(scored), model: tag),
            MorePrediction(name: "off", outcome: .failed(Rejection(.inference, in: .encode, "no numbers")), model: tag),
            MorePrediction(name: "new", outcome: .unscored, model: tag),
        ]
        return prediction
    }

    @Test("What other classifiers say stands under more, each by its name", arguments: OutputMode.allCases)
    func more(mode: OutputMode) throws {
        let output = Output(topic: "out", routes: .none, mode: mode, field: "sentiment", prefix: .none)
        let tag = Tag(Self.withMore, decision: nil, by: ModelTag(name: "m", digest: "d1", precision: "f32"))
        let message = try #require(try output(testRecord("{}"), "hi", tag).first)
        let value = String(decoding: message.value ?? [], as: UTF8.self)
        let model = #""model":{"name":"t","sha256":"d2","precision":"f32"}}"#
        let expected =
            #""more":{"tox":{"label":"mild","score":0.5,"scores":[{"label":"mild","score":0.5},"#
            + #"{"label":"bad","score":0.25}],"labels":["mild"],"tokens":4,"truncated":false,\#(model),"#
            + #""off":{"label":null,"score":null,"scores":[],"error":"inference","message":"no numbers",\#(model),"#
            + #""new":{"label":null,"score":null,"scores":[],"reason":"vocabulary",\#(model)},"model":{"name":"m""#
        #expect(value.contains(expected) == (mode != .headers), "\(value)")
        let headers = message.headers.filter { $0.name.hasPrefix("sentiment.more.") }
        let own = [
            Header("sentiment.more.tox.label", "mild"), Header("sentiment.more.tox.score", Float(0.5)),
            Header("sentiment.more.tox.labels", #"["mild"]"#), Header("sentiment.more.off.error", "inference"),
            Header("sentiment.more.new.reason", "vocabulary"),
        ]
        #expect(headers == (mode == .headers ? own : []))
    }

    @Test(
        "Merging adds one field, or replaces its value, and leaves every other byte",
        arguments: [
            ("{}", "{", "}"),
            (" { \"a\" : [1, {\"b\":\"}\"}] }\n", " { \"a\" : [1, {\"b\":\"}\"}] ,", "}\n"),
            (#"{"a":"\"}","sentiment":{"x":[1]},"b":2}"#, #"{"a":"\"}","#, #","b":2}"#),
            (#"{"sentiment":7}"#, "{", "}"),
            (#"{"a":{"sentiment":1}}"#, #"{"a":{"sentiment":1},"#, "}"),
        ]
    )
    func merge(value: String, before: String, after: String) throws {
        let message = try message(.merge, testRecord(value, partition: 2, offset: 7))
        let expected = before + "\"sentiment\":" + Self.envelope + "}" + after
        #expect(String(decoding: message.value ?? [], as: UTF8.self) == expected)
        #expect((try? JSONSerialization.jsonObject(with: Data(message.value ?? []))) != nil)
    }

    @Test("A result carries the trace of its record on, in whatever form it is")
    func trace() throws {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let headers = [Header("traceparent", parent), Header("tracestate", "x=1")]
        for mode in OutputMode.allCases {
            let message = try message(mode, testRecord("{}", headers: headers))
            let values = message.headers.filter { $0.name.hasPrefix("trace") }.map { $0.value ?? [] }
            #expect(values.count == 2 && values.last == Array("x=1".utf8))
            #expect(values.first != Array(parent.utf8) && values.first.flatMap(TraceParent.init) != nil)
        }
    }

    @Test("A schema registry's prefix is not merged into, for the JSON has another schema then")
    func mergePrefixed() throws {
        let output = Output(topic: "out", routes: .none, mode: .merge, field: "sentiment", prefix: .confluent)
        let record = testRecord([0, 0, 0, 1, 7] + Array("{}".utf8), partition: 2, offset: 7)
        let message = try #require(try output(record, "hi", tag).first)
        #expect(String(decoding: message.value ?? [], as: UTF8.self) == #"{"sentiment":"# + Self.envelope + "}}")
    }

    @Test("Every member of the field's name gets the new value, so that none with a forged one is left to be read")
    func mergeRepeated() throws {
        let field = MergedField(name: "tag", value: Array("1".utf8))
        let merged = try field.merged(into: Array(#"{"tag":"forged","a":2,"tag":{"tag":3},"b":4}"#.utf8))
        #expect(merged == Array(#"{"tag":1,"a":2,"tag":1,"b":4}"#.utf8))
    }

    @Test(
        "A member has the field's name however it is written, code point by code point",
        arguments: [
            (
                "sentiment", #"{"sentiment":0,"text":"fine","sentimen\u0074":{"label":"forged"}}"#,
                #"{"sentiment":1,"text":"fine","sentimen\u0074":1}"#
            ),
            ("sentiment", #"{"\u0073\u0065ntiment" : 0 }"#, #"{"\u0073\u0065ntiment" : 1 }"#),
            ("a/b", #"{"a\/b":0,"a/b":0}"#, #"{"a\/b":1,"a/b":1}"#),
            ("😀", #"{"\ud83d\ude00":0,"\ud83d":0}"#, #"{"\ud83d\ude00":1,"\ud83d":0}"#),
            ("é", #"{"e\u0301":0,"\u00E9":0}"#, #"{"e\u0301":0,"\u00E9":1}"#),
            ("tag", #"{"TAG":0,"tag\u0000":0}"#, #"{"TAG":0,"tag\u0000":0,"tag":1}"#),
            ("tag", "\u{FEFF} {\"a\":0}", " {\"a\":0,\"tag\":1}"),
        ]
    )
    func mergeEscaped(name: String, value: String, expected: String) throws {
        let merged = try MergedField(name: name, value: Array("1".utf8)).merged(into: Array(value.utf8))
        #expect(merged.map { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test(
        "What is no JSON object in UTF-8 is not merged into",
        arguments: [#"{"a":1,}"#, #"{"a":1}x"#, "", "[]", #""a""#, "{\0\"a\0\"\0:\0001\0}\0", #"{"a":01}"#, "\u{FEFF}"]
    )
    func mergeRefused(value: String) {
        #expect(throws: Rejection.self) { try message(.merge, testRecord(value)) }
        #expect(throws: Rejection.self) { try message(.merge, testRecord([0xFF, 0xFE] + Array(value.utf8))) }
    }

    @Test("What is no object cannot be merged into, and is rejected")
    func mergeIntoArray() {
        #expect(throws: Rejection.self) { try message(.merge, testRecord("[1]")) }
    }

    @Test("Headers are added behind those that are there, and the value stays")
    func headers() throws {
        let message = try message(.headers, testRecord("raw", headers: [Header("sentiment.label", "old")]))
        #expect(message.value == Array("raw".utf8))
        #expect(
            message.headers == [
                Header("sentiment.label", "old"), Header("sentiment.label", "positive"),
                Header("sentiment.score", "0.75"), Header("sentiment.decision", "positive"),
                Header("sentiment.model", "m"),
                Header("cloud4bert.source", "in-0-0"),
            ]
        )
    }

    @Test("A CloudEvent has its own attributes in place of those of the event that came in")
    func cloudEvents() throws {
        let headers = [Header("ce_id", "old"), Header("Content-Type", "text/plain"), Header("trace", "t")]
        let message = try message(.cloudevents, testRecord("x", partition: 2, offset: 7, headers: headers))
        #expect(
            message.headers == [
                Header("trace", "t"), Header("ce_specversion", "1.0"), Header("ce_type", "cloud4bert.sentiment.v1"),
                Header("ce_source", "/kafka/in/2"), Header("ce_id", "in-2-7"),
                Header("ce_time", "2023-11-14T22:13:20.123Z"), Header("content-type", "application/json"),
            ]
        )
    }

    @Test("A structured CloudEvent is all in the value, with the envelope as its data")
    func structuredCloudEvents() throws {
        let headers = [Header("ce_id", "old"), Header("content-type", "text/plain"), Header("trace", "t")]
        let message = try message(.structured, testRecord("x", partition: 2, offset: 7, headers: headers), text: "hi")
        let event =
            #"{"specversion":"1.0","type":"cloud4bert.sentiment.v1","source":"/kafka/in/2","id":"in-2-7","#
            + #""time":"2023-11-14T22:13:20.123Z","datacontenttype":"application/json","data":"#
            + Self.envelope + #","text":"hi"}}"#
        #expect(String(decoding: message.value ?? [], as: UTF8.self) == event)
        #expect(
            message.headers == [
                Header("trace", "t"), Header("content-type", "application/cloudevents+json; charset=UTF-8"),
                Header("cloud4bert.source", "in-2-7"),
            ]
        )
    }

    @Test("A dead letter is the record as it came, with headers that say why, and counts its attempts")
    func deadLetter() throws {
        let record = testRecord(nil, partition: 2, offset: 7, headers: [Header("a", "1")])
        let rejection = Rejection(.emptyText, in: .decode, "the text is empty")
        let letter = DeadLetter(topic: "dead", group: "g")(record, rejection)
        #expect(letter.topic == "dead" && letter.value == nil && letter.key == record.key)
        let names = letter.headers.map(\.name)
        #expect(
            names == ["a"]
                + [
                    "topic", "partition", "offset", "timestamp", "group", "stage", "reason", "message",
                    "attempts",
                ].map { "cloud4bert.error.\($0)" }
        )
        #expect(letter.headers[7] == Header("cloud4bert.error.reason", "empty_text"))
        #expect(letter.headers.last == Header("cloud4bert.error.attempts", "1"))
        let again = DeadLetter(topic: "dead", group: "g")(
            testRecord("x", headers: letter.headers),
            rejection
        )
        #expect(again.headers.count == letter.headers.count)
        #expect(again.headers.last == Header("cloud4bert.error.attempts", "2"))
    }

    @Test(
        "A record goes to each topic that its decision or its label has, once, and else to output.topic",
        arguments: [
            ("hold:held", "hold", ["held"]), ("hold:held", "pass", ["out"]),
            ("hold:held,hold:out,positive:held", "hold", ["held", "out"]),
            ("positive:good , negative:bad", "pass", ["good"]),
        ]
    )
    func routes(routes: String, decision: String, topics: [String]) throws {
        let output = Output(
            topic: "out",
            routes: try #require(OutputRoutes(routes)),
            mode: .envelope,
            field: "",
            prefix: .none
        )
        let tag = Tag(Self.prediction, decision: Decision(rawValue: decision), by: tag.model)
        let messages = try output(testRecord("x"), "x", tag)
        #expect(messages.map(\.topic) == topics)
        #expect(Set(messages.map(\.value)).count == 1)
    }

    @Test("What the model cannot read has no label in any form, and a reason")
    func unscored() throws {
        let tag = Tag(unscored: .vocabulary, Encoding(sequences: [[1, 2, 3]], isTruncated: false), by: tag.model)
        let envelope = try Output(topic: "out", routes: .none, mode: .envelope, field: "", prefix: .none)(
            testRecord("x", partition: 2, offset: 7),
            "ы",
            tag
        )
        let value = String(decoding: envelope[0].value ?? [], as: UTF8.self)
        let begin = #"{"id":"in-2-7","label":null,"score":null,"scores":[],"decision":"unscored","#
        #expect(value.hasPrefix(begin + #""reason":"vocabulary","tokens":3,"truncated":false,"model""#))
        let headers = try Output(topic: "out", routes: .none, mode: .headers, field: "", prefix: .none)(
            testRecord("x"),
            "ы",
            tag
        )
        #expect(headers[0].headers.map(\.name) == ["sentiment.decision", "sentiment.model", "cloud4bert.source"])
    }

    @Test("Texts that are tagged by themselves, and windows, have their place and scores; labels are counted")
    func partsAndWindows() throws {
        var prediction = Self.prediction
        let other = Array(Self.ranking.reversed())
        prediction.parts = [
            PartPrediction(pointer: "/a", place: 0..<2, ranking: Self.ranking),
            PartPrediction(pointer: "/b/0", place: 3..<5, ranking: other),
            PartPrediction(pointer: nil, place: 6..<8, ranking: other),
        ]
        prediction.windows = [WindowPrediction(place: 0..<4, tokens: 7, ranking: Self.ranking)]
        let output = Output(topic: "out", routes: .none, mode: .envelope, field: "", prefix: .none)
        let tag = Tag(prediction, decision: nil, by: tag.model)
        let value = String(decoding: try output(testRecord("x"), "x", tag)[0].value ?? [], as: UTF8.self)
        let scores = #"[{"label":"positive","score":0.75},{"label":"negative","score":0.25}]"#
        #expect(value.contains(#""counts":{"negative":2,"positive":1},"parts":[{"pointer":"/a","start":0,"end":2,"#))
        #expect(value.contains(#"{"start":6,"end":8,"scores":[{"label":"negative""#))
        #expect(value.contains(#""windows":[{"start":0,"end":4,"tokens":7,"scores":\#(scores)}]"#))
        #expect((try? JSONSerialization.jsonObject(with: Data(value.utf8))) != nil)
    }
}
