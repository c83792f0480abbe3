// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import Testing
import Threading

@Suite struct LogTests {
    private func lines(level: Log.Level = .info, format: Log.Format = .text, _ body: (Log) -> Void) -> [String] {
        let lines = Monitor<[String]>([])
        body(Log(level: level, format: format) { line in lines.withLock { $0.append(line) } })
        return lines.withLock { $0 }
    }

    @Test("A line of JSON is one object, whatever a value holds")
    func json() throws {
        let value = "a \"b\"\n\u{1}é"
        let lines = lines(format: .json) { $0.warning("kafka error", ["error": value]) }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: String])
        #expect(object["level"] == "warning" && object["message"] == "kafka error" && object["error"] == value)
        #expect(object["timestamp"]?.hasSuffix("Z") == true && lines[0].count { $0 == "\n" } == 1)
    }

    @Test("A line that is repeated without end is written ten times, others go on meanwhile")
    func repeats() {
        let lines = lines { log in
            for _ in 0..<1_000 { log.warning("kafka error") }
            log.warning("another")
        }
        #expect(lines.count == 11 && lines.last?.contains("another") == true)
    }

    @Test("The level may change at any time, and an answer is written at any level")
    func level() {
        let lines = lines(level: .error) { log in
            log.info("one")
            log.level = .debug
            log.debug("two")
            log.level = .error
            log.warning("three")
            log.answer("state", ["a": "1"])
        }
        #expect(lines.map { $0.split(separator: " ")[2].prefix(5) } == ["two\n", "state"])
    }
}
