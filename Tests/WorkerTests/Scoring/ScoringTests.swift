// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import HTTP
import JSON
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// Scores by HTTP, over real sockets and without Kafka.
@Suite(.ownThread) struct ScoringTests {
    private func json(_ ranking: [LabelScore]) -> String {
        var json = JSONWriter()
        json.scores(ranking)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test("A text has the same scores alone and among others, also where it is cut")
    func scores() throws {
        let fixture = try ScoringFixture()
        let texts = ["I like it", "no", String(repeating: "a long text ", count: 50)]
        let expected = try texts.map { json(try fixture.scores(of: $0)) }
        for (text, scores) in zip(texts, expected) {
            #expect(RawClient.body(try fixture.ask(#"{"inputs":"\#(text)"}"#)) == scores)
        }
        let all = texts.map { #""\#($0)""# }.joined(separator: ",")
        let answer = try fixture.ask(#"{"inputs":[\#(all)]}"#)
        #expect(RawClient.body(answer) == "[\(expected.joined(separator: ","))]")
        #expect(answer?.contains("\r\nContent-Type: application/json\r\n") == true)
        let label = try #require(fixture.version.model.architecture.labels.first)
        let request = #"{"comment":{"text":"\#(texts[0])"},"requestedAttributes":{"\#(label.uppercased())":{}}}"#
        let score = try #require(fixture.scores(of: texts[0]).first { $0.label == label }).score
        let body = RawClient.body(try fixture.ask(request, path: AnalyzeAPI.path))
        #expect(body?.contains(#""summaryScore":{"value":\#(score),"type":"PROBABILITY"}"#) == true, "\(body ?? "")")
    }

    @Test("A text that is tried has its scores, and the words that they rest on, at their places")
    func words() throws {
        let fixture = try ScoringFixture(["text.clean": "html", "explain.words": "2"])
        let body = RawClient.body(try fixture.ask(#"{"text":"<b>no</b> I like it"}"#, path: TryAPI.path))
        let answer = try #require(
            try JSONSerialization.jsonObject(with: Data((body ?? "").utf8)) as? [String: Any],
            "\(body ?? "")"
        )
        let text = try #require(answer["text"] as? String)
        #expect(text == "no I like it")
        #expect(body?.contains("\"scores\":\(json(try fixture.scores(of: text)))") == true)
        let words = try #require(answer["words"] as? [[String: Any]])
        #expect(words.count == 2)
        for word in words {
            let (start, end) = (try #require(word["start"] as? Int), try #require(word["end"] as? Int))
            #expect(word["word"] as? String == String(Array(text)[start..<end]))
        }
        for (wrong, status) in [(#"{"texts":"a"}"#, 400), (#"{"text":" "}"#, 400), ("{}", 400), ("", 400)] {
            #expect(RawClient.status(try fixture.ask(wrong, path: TryAPI.path)) == status)
        }
    }

    @Test("Texts are cleaned and cut as the settings say; one that is empty then, or too long, is refused by its place")
    func settings() throws {
        let fixture = try ScoringFixture(["text.clean": "html", "text.truncation": "reject"])
        let plain = try #require(RawClient.body(try fixture.ask(#"{"inputs":"I like it"}"#)))
        #expect(RawClient.body(try fixture.ask(#"{"inputs":"<p>I <b>like</b> it</p>"}"#)) == plain)
        let empty = try fixture.ask(#"{"inputs":["a","<p> </p>\n"]}"#)
        #expect(RawClient.status(empty) == 400 && empty?.contains(#"{"error":"inputs[1]: "#) == true)
        let long = String(repeating: "word ", count: 100)
        let refused = try fixture.ask(#"{"inputs":["a","b","\#(long)"]}"#)
        #expect(RawClient.status(refused) == 413 && refused?.contains(#"{"error":"inputs[2]: "#) == true)
        let cutting = try ScoringFixture()
        #expect(RawClient.status(try cutting.ask(#"{"inputs":"\#(long)"}"#)) == 200)
        #expect(RawClient.status(try cutting.ask(#"{"inputs":"\#(long)","truncate":false}"#)) == 413)
        #expect(RawClient.status(try cutting.ask(#"{"inputs":"short","truncate":false}"#)) == 200)
        #expect(cutting.metrics.waitingTexts == 0 && fixture.metrics.waitingTexts == 0)
    }

    @Test("A text that the vocabulary does not cover has no scores, among others that have")
    func unreadable() throws {
        let fixture = try ScoringFixture()
        let texts = ["日本語のテキスト", "I like it"]
        let expected = json(try fixture.scores(of: texts[1]))
        #expect(RawClient.body(try fixture.ask(#"{"inputs":["\#(texts[0])","\#(texts[1])"]}"#)) == "[[],\(expected)]")
        #expect(RawClient.body(try fixture.ask(#"{"inputs":"\#(texts[0])"}"#)) == "[]")
    }

    @Test(
        "As many texts as may wait are taken, others get 429 and when to come back, and a place again once one is free"
    )
    func bounds() throws {
        let fixture = try ScoringFixture(["http.scoring.max.texts": "3"])
        fixture.gate.hold()
        let first = try fixture.send(#"{"inputs":["a","b"]}"#)
        fixture.waitForTexts(2)
        let refused = try fixture.ask(#"{"inputs":["c","d"]}"#)
        #expect(RawClient.status(refused) == 429 && refused?.contains("\r\nRetry-After: 1\r\n") == true)
        let second = try fixture.send(#"{"inputs":"e"}"#)
        fixture.waitForTexts(3)
        #expect(RawClient.status(try fixture.ask(#"{"inputs":"f"}"#)) == 429)
        #expect(RawClient.status(try fixture.ask(#"{"inputs":["a","b","c","d"]}"#)) == 413)
        fixture.gate.open()
        #expect(RawClient.status(first.receive()) == 200 && RawClient.status(second.receive()) == 200)
        // Who has an answer finds room at once.
        for round in 0..<10 {
            #expect(RawClient.status(try fixture.ask(#"{"inputs":["g\#(round)","h","i"]}"#)) == 200)
        }
        // What was answered is counted by then.
        fixture.requestStop()
        fixture.waitForEnd()
        var text = MetricsText()
        fixture.metrics.write(to: &text)
        for line in [
            #"requests_total{status="200"} 12"#, #"requests_total{status="429"} 2"#, #"requests_total{status="413"} 1"#,
            "texts_total 33", "seconds_count 12", "waiting_texts 0",
        ] {
            #expect(text.text.contains("\ncloud4bert_scoring_\(line)\n"), "\(line)")
        }
    }

    @Test("A client that has gone gives its place back once its texts are scored")
    func gone() throws {
        let fixture = try ScoringFixture()
        fixture.gate.hold()
        do {
            let client = try fixture.send(#"{"inputs":["a","b"]}"#)
            fixture.waitForTexts(2)
            client.breakOff()
        }
        fixture.gate.open()
        fixture.waitForTexts(0)
        #expect(RawClient.status(try fixture.ask(#"{"inputs":"a"}"#)) == 200)
    }

    @Test("Scores that take too long are 503, and the next request is answered")
    func late() throws {
        let fixture = try ScoringFixture(["http.scoring.timeout": "1ms"])
        fixture.gate.hold()
        let answer = try fixture.ask(#"{"inputs":"a"}"#)
        #expect(RawClient.status(answer) == 503 && answer?.contains("http.scoring.timeout") == true)
        fixture.gate.open()
        fixture.waitForTexts(0)
        #expect(try RawClient.status(fixture.address, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n") == 200)
    }

    @Test("With a token, only who brings it is let in, however else it is sent; without one, everyone is")
    func tokens() throws {
        let fixture = try ScoringFixture(["http.token": "yes"])
        let (body, token) = (#"{"inputs":"a"}"#, ScoringFixture.token)
        for (sent, status) in [
            ("Bearer \(token)", 200), ("bearer  \(token)", 200), ("Bearer \(token)x", 401),
            ("Bearer \(token.dropLast())", 401),
            ("Bearer", 401), ("Bearer ", 401), ("Basic \(token)", 401), (token, 401), ("", 401),
        ] {
            let answer = try fixture.ask(body, ["Authorization": sent])
            #expect(RawClient.status(answer) == status, "\(sent)")
            if status == 401 {
                #expect(answer?.contains("\r\nWWW-Authenticate: Bearer realm=\"cloud4bert\"\r\n") == true)
            }
        }
        let comment = #"{"comment":{"text":"x"},"requestedAttributes":{}}"#
        for (path, fields, status) in [
            ("?key=\(token)", [:], 400), ("?alt=json&key=\(token)", [:], 400), ("", ["X-Goog-Api-Key": token], 400),
            ("?key=no", [:], 401), ("", [:], 401),
        ] as [(String, [String: String], Int)] {
            #expect(
                RawClient.status(try fixture.ask(comment, path: AnalyzeAPI.path + path, fields)) == status,
                "\(path)"
            )
        }
        #expect(RawClient.status(try fixture.ask(body, path: PredictAPI.path + "?key=\(token)")) == 401)
        #expect(try RawClient.status(fixture.address, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") == 200)
        #expect(RawClient.status(try ScoringFixture().ask(body)) == 200)
    }

    @Test("What is not sent as JSON is refused, so that no web page has it sent")
    func types() throws {
        let fixture = try ScoringFixture()
        for (type, status) in [
            ("application/json", 200), ("Application/JSON; charset=utf-8", 200), ("text/plain", 415), ("", 415),
            ("application/x-www-form-urlencoded", 415), ("application/jsonp", 415),
        ] {
            #expect(RawClient.status(try fixture.ask(#"{"inputs":"a"}"#, ["Content-Type": type])) == status, "\(type)")
        }
    }

    @Test("Garbage is refused, whatever it is, and the next request is answered", arguments: 1...20)
    func garbage(seed: Int) throws {
        let fixture = try ScoringFixture()
        var random = SplitMix(state: UInt64(seed))
        let words = [
            "{", "}", "[", "]", ",", ":", "\"", "inputs", "\"inputs\":", "null", "1e9", "\\ud800", "\u{0}", "é",
            "comment",
        ]
        for path in [PredictAPI.path, AnalyzeAPI.path] {
            let body = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                words.randomElement(using: &random) ?? ""
            }
            let status = RawClient.status(try fixture.ask(body.joined(), path: path))
            #expect(status == 400 || status == 422, "\(status ?? 0)")
        }
        #expect(RawClient.status(try fixture.ask(#"{"inputs":"a"}"#)) == 200)
    }

    @Test("At a stop what was asked for is answered, and nothing more is taken")
    func drain() throws {
        let fixture = try ScoringFixture()
        fixture.gate.hold()
        let client = try fixture.send(#"{"inputs":["a","b"]}"#)
        fixture.waitForTexts(2)
        fixture.requestStop()
        // Until the stop is seen, requests are taken.
        var later: [RawClient] = []
        while true {
            let next = try RawClient(fixture.address)
            next.send(RawClient.post(PredictAPI.path, #"{"inputs":1}"#).utf8)
            let status = RawClient.status(next.receive())
            if status == 503 { break }
            #expect(status == 422)
            later.append(next)
            usleep(1_000)
        }
        fixture.gate.open()
        #expect(RawClient.status(client.receive()) == 200)
        fixture.waitForEnd()
    }

    @Test("A stop does not wait for scores that do not come", .timeLimit(.minutes(5)))
    func drainTimeout() throws {
        let fixture = try ScoringFixture(timeout: .milliseconds(1))
        fixture.gate.hold()
        let client = try fixture.send(#"{"inputs":"a"}"#)
        fixture.waitForTexts(1)
        fixture.requestStop()
        fixture.waitForEnd()
        let answer = client.receive()
        #expect(RawClient.status(answer) == 503 && answer?.contains("the worker stops") == true)
        fixture.gate.open()
    }

    @Test("Encoders that fail leave nobody waiting, not for an answer and not for the end")
    func failure() throws {
        let fixture = try ScoringFixture()
        fixture.gate.hold()
        let client = try fixture.send(#"{"inputs":"a"}"#)
        fixture.waitForTexts(1)
        fixture.scoring.close()
        #expect(RawClient.status(client.receive()) == 503)
        fixture.requestStop()
        fixture.waitForEnd()
    }
}
