// SPDX-License-Identifier: Apache-2.0
import Kafka
import Testing

@testable import Worker

@Suite struct DecodeTests {
    private func decode(_ record: Record, _ flags: [String: String] = [:]) throws -> Decoded {
        try Rules(settings: testSettings(flags), model: testModel()).decode(record)
    }

    private func text(_ value: String, _ flags: [String: String] = [:], headers: [Header] = []) throws -> String? {
        if case .event(let event) = try decode(testRecord(value, headers: headers), flags) { event.text } else { nil }
    }

    private func reason(_ value: [UInt8]?, _ flags: [String: String] = [:]) throws -> Rejection.Reason? {
        if case .rejected(let rejection) = try decode(testRecord(value), flags) { rejection.reason } else { nil }
    }

    @Test("The pointer finds the text in objects and arrays, with its escapes")
    func pointer() throws {
        #expect(try text(#"{"text":"a\nb\u0041"}"#) == "a\nbA")
        #expect(try text(#"{"a":[{"b/c":"x"},{"b/c":"y"}]}"#, ["input.text": "/a/1/b~1c"]) == "y")
        #expect(try text(#""whole""#, ["input.text": ""]) == "whole")
        #expect(try text("plain", ["input.format": "text"]) == "plain")
    }

    @Test("A slash or a tilde in a pointer is one whatever stands behind it")
    func pointerMarks() throws {
        let mark = "\u{301}"
        let pointer = try #require(JSONPointer("/a/\(mark)b/~1\(mark)/~0"))
        #expect(pointer.tokens == ["a", "\(mark)b", "/\(mark)", "~"])
        #expect(pointer.description == "/a/\(mark)b/~1\(mark)/~0")
        #expect(JSONPointer("/~\(mark)") == nil && JSONPointer("/a~") == nil && JSONPointer("a") == nil)
        #expect(JSONPointer("/")?.tokens == [""] && JSONPointer("") == .root)
    }

    @Test("CloudEvents give their data in binary and in structured mode")
    func cloudEvents() throws {
        let flags = ["input.format": "cloudevents"]
        let plain = [Header(name: "ce_specversion", value: Array("1.0".utf8)), Header("content-type", "text/plain")]
        #expect(try text("hello", flags, headers: plain) == "hello")
        #expect(try text(#"{"text":"hello"}"#, flags, headers: [Header("content-type", "application/json")]) == "hello")
        let structured = [Header("content-type", "application/cloudevents+json; charset=utf-8")]
        #expect(try text(#"{"specversion":"1.0","data":"hi"}"#, flags, headers: structured) == "hi")
        #expect(try text(#"{"specversion":"1.0","data":{"text":"hi"}}"#, flags, headers: structured) == "hi")
    }

    @Test("What cannot be read has its reason")
    func reasons() throws {
        #expect(try reason([0x22, 0xFF, 0x22]) == .notUTF8)
        #expect(try reason([0xC3], ["input.format": "text"]) == .notUTF8)
        #expect(try reason(Array(#"{"text":"#.utf8)) == .badJSON)
        #expect(try reason([]) == .badJSON)
        #expect(try reason(Array(String(repeating: "[", count: 100_000).utf8)) == .badJSON)
        #expect(try reason(Array(#"{"body":"x"}"#.utf8)) == .missingField)
        #expect(try reason(Array(#"{"text":7}"#.utf8)) == .missingField)
        #expect(try reason(Array(#"{"text":null}"#.utf8)) == .missingField)
        #expect(try reason(Array(#"["x"]"#.utf8)) == .missingField)
        #expect(try reason(Array(#"{"text":" \n\u00a0"}"#.utf8)) == .emptyText)
        #expect(try reason(nil) == .emptyText)
        #expect(try reason([UInt8](repeating: 0x61, count: 101), ["input.max.bytes": "100"]) == .tooLarge)
    }

    @Test("Tombstones and empty texts go where the settings say")
    func choices() throws {
        guard case .tombstone = try decode(testRecord(nil), ["on.tombstone": "forward"]) else {
            Issue.record("a tombstone was not forwarded")
            return
        }
        guard case .skipped(.tombstone) = try decode(testRecord(nil), ["on.tombstone": "skip"]),
            case .skipped(.emptyText) = try decode(testRecord(#"{"text":""}"#), ["on.empty": "skip"])
        else {
            Issue.record("nothing was skipped")
            return
        }
    }

    @Test("A rejection says nothing of the record's own text")
    func discretion() throws {
        for value in [#"{"secret words":1}"#, #"{"text": secret words"#, #"{"text":["secret words"]}"#] {
            guard case .rejected(let rejection) = try decode(testRecord(value)) else {
                Issue.record("not rejected: \(value)")
                continue
            }
            #expect(!rejection.message.contains("secret"))
        }
    }
}
