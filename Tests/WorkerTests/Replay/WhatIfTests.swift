// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Settings
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct WhatIfTests {
    private static let day: Int64 = 86_400_000

    /// A result; the rest of the score is neutral's.
    private func result(
        _ negative: Double,
        _ decision: String,
        text: String? = nil,
        id: String = "in-0-0",
        more: String = ""
    ) -> String {
        let scores = [("negative", negative), ("neutral", 1 - negative)].sorted { $0.1 > $1.1 }
            .map { #"{"label":"\#($0.0)","score":\#($0.1)}"# }.joined(separator: ",")
        let text = text.map { #","text":"\#($0)""# } ?? ""
        return #"{"id":"\#(id)","scores":[\#(scores)],"decision":"\#(decision)"\#(text)\#(more)}"#
    }

    private func report(
        _ flags: [String: String],
        isFile: Bool = false,
        from first: Int64 = 0,
        _ records: [(value: String, time: Int64, headers: [Header])]
    ) throws -> WhatIfReport {
        let whatIf = try WhatIf(settings: testSettings(flags), isFile: isFile)
        var report = WhatIfReport()
        for (offset, (value, time, headers)) in records.enumerated() {
            whatIf.add(
                Record(
                    topicPartition: TopicPartition(topic: "out", partition: 0),
                    offset: first + Int64(offset),
                    timestamp: Timestamp(milliseconds: time),
                    value: Array(value.utf8),
                    headers: headers
                ),
                to: &report
            )
        }
        return report
    }

    @Test("Decisions go by what other classifiers said, too")
    func more() throws {
        let more = #","more":{"tox":{"scores":[{"label":"mild","score":0.25},{"label":"bad","score":0.75}]}}"#
        let records = [(result(0.5, "pass", more: more), Int64(0), [Header]()), (result(0.5, "pass"), 0, [])]
        let flags = ["decision.hold": "tox.bad:0.7", "decision.flag": "tox.*:0.7,tox.mild:0.9"]
        let report = try report(flags, records)
        #expect(report.changes.map { "\($0.move.before) \($0.move.after) \($0.row.count)" } == ["pass hold 1"])
        #expect(report.labels.isSuperset(of: ["tox.bad", "tox.*", "negative"]))
    }

    @Test("Records move from the decision that they have to the one that they would have, by day, with examples")
    func moves() throws {
        let records = [
            (result(0.9, "pass", text: "a", id: "in-0-0"), 0), (result(0.86, "pass", id: "in-0-1"), Self.day - 1),
            (result(0.84, "hold"), 0), (result(0.9, "hold"), 0), (result(0.95, "pass"), Self.day),
            (#"{"id":"x","scores":[],"decision":"unscored"}"#, 0), (result(0.9, "pass"), -1),
        ]
        let report = try report(["decision.hold": "negative:0.85"], records.map { ($0.0, $0.1, []) })
        #expect(report.records == 7 && report.changed == 5)
        let rows = report.changes.map { "\($0.move.day ?? 0) \($0.move.before) \($0.move.after) \($0.row.count)" }
        #expect(rows == ["-1 pass hold 1", "0 pass hold 2", "0 hold pass 1", "1 pass hold 1"])
        let examples = report.changes[1].row.examples
        #expect(examples.map(\.id) == ["in-0-0", "in-0-1"] && examples.map(\.text) == ["a", nil])
        #expect(examples[0].label == "negative" && examples[0].score == 0.9)
    }

    @Test("Without thresholds the label decides, as in a worker")
    func noRules() throws {
        let report = try report([:], [(result(0.9, "hold"), 0, []), (result(0.2, "neutral"), 0, [])])
        #expect(report.changes.map(\.move.after) == ["negative"] && report.records == 2)
    }

    @Test("A move has three examples, however many parts are added up")
    func parts() throws {
        let records = (0..<5).map { (result(0.9, "pass", id: "in-0-\($0)"), Int64(0), [Header]()) }
        let settings = ["decision.hold": "negative:0.5,toxic:0.1"]
        var sum = try report(settings, from: 2, Array(records[2...]))
        sum.add(try report(settings, Array(records[..<2])))
        #expect(try sum == report(settings, records))
        #expect(sum.changes[0].row.examples.map(\.id) == ["in-0-0", "in-0-1", "in-0-2"] && sum.changed == 5)
    }

    @Test("Whose a record is comes from its headers, or the JSON around the result; else it is unknown, and said so")
    func tenants() throws {
        let banter = [Header("tenant", "banter")]
        var flags = ["decision.hold": "negative:0.5, negative@banter:0.95", "decision.by": "header:tenant"]
        let record = (result(0.9, "hold"), Int64(0), banter)
        let known = try report(flags, [record])
        #expect(known.changed == 1 && known.tenantUnknown == 0)
        let lost = try report(flags, isFile: true, [record])
        #expect(lost.changed == 0 && lost.tenantUnknown == 1)
        flags["decision.by"] = "/site"
        #expect(try report(flags, [record]).tenantUnknown == 1)
        flags["output.mode"] = "merge"
        let merged = #"{"site":"banter","sentiment":\#(result(0.9, "hold"))}"#
        for isFile in [true, false] {
            let inside = try report(flags, isFile: isFile, [(merged, 0, [])])
            #expect(inside.changed == 1 && inside.tenantUnknown == 0)
        }
        flags["decision.hold"] = "negative:0.5"
        flags["output.mode"] = "envelope"
        #expect(try report(flags, [record]).tenantUnknown == 0)
    }

    @Test("What holds no result is counted, and stops nothing; a time beyond all calendars is no trap")
    func unreadable() throws {
        let far = result(0.9, "pass", more: #","source":{"timestamp_ms":9223372036854775807}"#)
        let whatIf = try WhatIf(settings: testSettings(["decision.hold": "negative:0.5"]), isFile: false)
        var report = WhatIfReport()
        for value in ["", "{", "null", #"{"id":"x","untagged":true}"#, far] as [String?] + [nil] {
            whatIf.add(
                Record(
                    topicPartition: TopicPartition(topic: "out", partition: 0),
                    offset: 0,
                    value: value.map { Array($0.utf8) }
                ),
                to: &report
            )
        }
        #expect(report.unreadable == 4 && report.untagged == 1 && report.records == 1)
    }

    @Test("What contradicts itself is refused by name")
    func refused() {
        for (flags, problem) in [
            (["decision.hold": "negative@a:0.5"], "decision.hold: has a threshold of one tenant"),
            (["output.mode": "headers"], "output.mode: headers"),
        ] {
            #expect {
                _ = try WhatIf(settings: testSettings(flags), isFile: false)
            } throws: {
                "\($0)".contains(problem)
            }
        }
    }
}
