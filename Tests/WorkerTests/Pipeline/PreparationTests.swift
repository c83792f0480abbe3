// SPDX-License-Identifier: Apache-2.0
import Kafka
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct PreparationTests {
    private func result(_ record: Record, age: Duration, _ flags: [String: String]) throws -> InFlight {
        let settings = try testSettings(flags)
        let preparation = Preparation(settings: settings, output: Output(settings: settings))
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
}
