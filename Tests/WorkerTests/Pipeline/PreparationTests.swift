// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Kafka
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct PreparationTests {
    private func result(
        _ record: Record,
        age: Duration,
        _ flags: [String: String],
        isUrgent: Bool = false
    ) throws -> InFlight {
        let settings = try testSettings(flags)
        let preparation = Preparation(settings: settings, output: Output(settings: settings), isUrgent: isUrgent)
        let item = InFlight(record, generation: 1, arrived: .now, version: try testVersion(), owner: TestOwner())
        let now = (record.timestamp?.milliseconds ?? 0) + Int64(age / .milliseconds(1))
        var time = Duration.zero
        preparation(item, at: now, &time)
        return item
    }

    @Test("A record that is older than it may be is not scored, says so, and takes its route; none is left out")
    func stale() throws {
        let record = testRecord(#"{"text":"a text"}"#)
        let flags = ["stale.after": "30s", "output.routes": "stale:late"]
        #expect(try result(record, age: .seconds(30), flags).result == nil)
        let late = try result(record, age: .milliseconds(30_001), flags)
        #expect(late.result == .unscored(.age) && late.messages.map(\.topic) == ["late"])
        let value = String(decoding: late.messages[0].value ?? [], as: UTF8.self)
        #expect(value.contains(#""label":null"#) && value.contains(#""decision":"stale","reason":"age","tokens":0"#))
        #expect(try result(record, age: .seconds(1_000_000), [:]).result == nil)
        #expect(try result(testRecord("{"), age: .seconds(60), flags).result == .deadLetter(.badJSON))
    }

    @Test(
        "Urgent are the records that priority.records admits, and all of priority.topics",
        arguments: [
            ("", false), ("header:urgent=1", true), ("header:urgent=2", false), ("/author/tier=gold", true),
            ("/author/tier=gold,header:urgent", true), ("/author/tier=gold,!header:urgent", false),
            ("/author/name", false),
        ]
    )
    func urgent(filter: String, isUrgent: Bool) throws {
        let json = Array(#"{"text":"a text","author":{"tier":"gold"}}"#.utf8)
        let headers = [Header("urgent", "1")]
        let flags = ["priority.records": filter]
        #expect(try result(testRecord(json, headers: headers), age: .zero, flags).isUrgent == isUrgent)
        let registered = testRecord([0, 0, 0, 0, 7] + json, headers: headers)
        let prefixed = flags.merging(["input.prefix": "confluent"]) { $1 }
        #expect(try result(registered, age: .zero, prefixed).isUrgent == isUrgent)
        #expect(try result(testRecord(json), age: .zero, flags, isUrgent: true).isUrgent)
    }

    @Test("Of several texts those are left out that the model cannot read; none of them makes an unscored record")
    func severalTexts() throws {
        let flags = ["input.text": "/c/*", "input.texts": "each", "output.mode": "envelope"]
        let model = try Model(directory: DefaultModel.directory(), kernels: .ofTests())
        let settings = try testSettings(flags)
        let version = try ModelVersion(settings: settings, model: model) { () throws(FileError) in
            try Classifier(model: model)
        }
        let preparation = Preparation(settings: settings, output: Output(settings: settings))
        func prepared(_ json: String) -> InFlight {
            let item = InFlight(testRecord(json), generation: 1, arrived: .now, version: version, owner: TestOwner())
            var time = Duration.zero
            preparation(item, at: 0, &time)
            return item
        }
        let mixed = prepared(#"{"c":["Это ужасно, я это ненавижу","It is awful.","Ужасно"]}"#)
        #expect(mixed.text == "It is awful." && mixed.result == nil && mixed.parts.isEmpty)
        let more = prepared(#"{"c":["It is awful.","Ужасно, ненавижу","Still awful."]}"#)
        #expect(more.text == "It is awful.\nStill awful." && more.parts.map(\.pointer) == ["/c/0", "/c/2"])
        #expect(prepared(#"{"c":["Ужасно, ненавижу","Это ужасно"]}"#).result == .unscored(.vocabulary))
    }
}
