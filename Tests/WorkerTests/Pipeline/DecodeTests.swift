// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Settings
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct DecodeTests {
    private func decode(_ record: Record, _ flags: [String: String] = [:]) throws -> Decoded {
        try Decode(settings: testSettings(flags))(record)
    }

    private func text(_ value: String, _ flags: [String: String] = [:], headers: [Header] = []) throws -> String? {
        if case .texts(let texts) = try decode(testRecord(value, headers: headers), flags) {
            texts.joinedText
        } else {
            nil
        }
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

    @Test(
        "What is no JSON text in UTF-8 is bad_json wherever the fault is, and what is one is tagged whatever else it holds",
        arguments: ["json", "cloudevents"]
    )
    func faults(format: String) throws {
        let flags = ["input.format": format]
        for value in [
            #"{"text":"bad \ud800 x"}"#, #"{"text":"\udc00\ud800"}"#, #"{"text":"a",}"#, #"{"text":"a"} {}"#,
            #"{"text":"a","n":01}"#, #"{"text":"a","n":NaN}"#, #"{"n":[1,],"text":"a"}"#, "{\"text\":\"a\tb\"}",
            #"{"text":"a","b":"\x"}"#, #"{"text":"a"}\u0000"#, "{\"text\":\"a\"}\0", "// \n{\"text\":\"a\"}",
        ] {
            #expect(try reason(Array(value.utf8), flags) == .badJSON, "\(value)")
        }
        let deep = String(repeating: "[", count: 2_000) + String(repeating: "]", count: 2_000)
        for value in [
            #"{"text":"a","b":"\ud800"}"#, #"{"\udc00":0,"text":"a"}"#, #"{"b":1e999,"text":"a"}"#,
            #"{"b":\#(deep),"text":"a"}"#, #"{"te\u0078t":"a"}"#, #"{"text":"b","text":"a"}"#,
            "\u{FEFF}{\"text\":\"a\"}",
        ] {
            #expect(try text(value, flags) == "a", "\(value)")
        }
    }

    @Test("UTF-16 and UTF-32 are refused as JSON, with a byte order mark or without one")
    func encodings() throws {
        for bytes in [
            Self.encoded(#"{"text":"I love it"}"#, width: 2, isBig: false),
            Self.encoded(#"{"text":"a"}"#, width: 2, isBig: true),
            Self.encoded(#"{"text":"a"}"#, width: 4, isBig: false),
            Self.encoded(#"{"text":"a"}"#, width: 4, isBig: true),
        ] {
            #expect(try reason(bytes) == .badJSON)
        }
        for isBig in [false, true] {
            for width in [2, 4] {
                let marked = Self.encoded("\u{FEFF}{}", width: width, isBig: isBig)
                for format in InputFormat.allCases {
                    #expect(try reason(marked, ["input.format": format.rawValue]) == .notUTF8)
                }
            }
        }
    }

    private static func encoded(_ text: String, width: Int, isBig: Bool) -> [UInt8] {
        text.utf16.flatMap { unit in
            let bytes = (0..<width).map { $0 < 2 ? UInt8(unit >> (8 * UInt16($0)) & 0xFF) : 0 }
            return isBig ? bytes.reversed() : bytes
        }
    }

    @Test("A byte order mark at the beginning of a text is no part of it")
    func byteOrderMark() throws {
        let flags = ["input.format": "text"]
        #expect(
            try text("\u{FEFF}fine\u{FEFF}", flags)?.unicodeScalars.elementsEqual("fine\u{FEFF}".unicodeScalars) == true
        )
        #expect(try reason([0xEF, 0xBB, 0xBF], flags) == .emptyText)
        #expect(try text("a\0b", flags) == "a\0b")
    }

    @Test("A CloudEvent's charset is UTF-8, or its text no more than ASCII")
    func charsets() throws {
        let flags = ["input.format": "cloudevents"]
        for type in ["text/plain; charset=iso-8859-1", "TEXT/plain;a=b; Charset=\"UTF-16\""] {
            let headers = [Header("content-type", type)]
            #expect(try text("fine", flags, headers: headers) == "fine")
            for value in ["é", "f\0i\0n\0e\0"] {
                guard case .rejected(let rejection) = try decode(testRecord(value, headers: headers), flags) else {
                    Issue.record("not rejected")
                    continue
                }
                #expect(rejection.reason == .notUTF8)
            }
        }
        for type in ["text/plain", "text/plain; charset=UTF-8", "text/plain;charset=\"utf-8\"", "text/plain;charset"] {
            #expect(try text("é", flags, headers: [Header("Content-Type", type)]) == "é")
        }
        // RFC 8259 knows no charset.
        let json = [Header("content-type", "application/json; charset=iso-8859-1")]
        #expect(try text(#"{"text":"é"}"#, flags, headers: json) == "é")
        let batch = [Header("content-type", "application/cloudevents+jsonx")]
        #expect(try text(#"{"data":"a","text":"b"}"#, flags, headers: batch) == "b")
        let structured = [Header("content-type", "application/cloudevents+json")]
        guard case .rejected(let bad) = try decode(testRecord(#"{"data":"\ud800"}"#, headers: structured), flags) else {
            Issue.record("not rejected")
            return
        }
        #expect(bad.reason == .badJSON)
    }

    @Test("What several pointers find is one text, a line each; what is not there, null or empty is left out")
    func fields() throws {
        let flags = ["input.text": "/subject, /description,/comments/*/body"]
        let ticket =
            #"{"description":"It broke.","subject":"Help","comments":[{"body":"Hello?"},{"body":null},{"body":""}]}"#
        #expect(try text(ticket, flags) == "Help\nIt broke.\nHello?")
        #expect(try text(#"{"comments":[{"body":"Hello?"}],"subject":null}"#, flags) == "Hello?")
        #expect(try reason(Array(#"{"comments":[]}"#.utf8), flags) == .missingField)
        #expect(try reason(Array(#"{"subject":"Help","description":7}"#.utf8), flags) == .missingField)
        #expect(try reason(Array(#"{"subject":"Help","comments":[{"body":"\ud800"}]}"#.utf8), flags) == .badJSON)
        #expect(try text(#"{"a,b":"x"}"#, ["input.text": #"/a\,b"#]) == "x")
        let event = [Header("content-type", "application/cloudevents+json")]
        let structured = flags.merging(["input.format": "cloudevents"]) { $1 }
        #expect(try text(#"{"data":{"subject":"a","description":"b"}}"#, structured, headers: event) == "a\nb")
    }

    @Test("A schema registry's prefix is passed over, and what has none is refused")
    func prefix() throws {
        let json = #"{"text":"fine"}"#
        let value = [0, 0, 0, 1, 7] + Array(json.utf8)
        let flags = ["input.prefix": "confluent"]
        #expect(try text(String(decoding: value, as: UTF8.self), flags) == "fine")
        #expect(try reason(Array(json.utf8), flags) == .badJSON && reason([0, 0, 0, 1], flags) == .badJSON)
        #expect(try reason(value) == .badJSON)
        let plain = [0, 0, 0, 1, 7] + Array("fine".utf8)
        #expect(
            try text(String(decoding: plain, as: UTF8.self), ["input.prefix": "confluent", "input.format": "text"])
                == "fine"
        )
    }

    @Test("Of several texts each is there with its pointer where each is to be tagged, cleaned by itself")
    func parts() throws {
        let ticket =
            #"{"subject":"Lamp","comments":[{"body":"Broken.\n-- \nAnn"},{"body":" "},{"body":"<p>Still.</p>"}]}"#
        let flags = ["input.text": "/subject,/comments/*/body", "text.clean": "html,signature"]
        #expect(try text(ticket, flags) == "Lamp\nBroken.\nStill.")
        let each = try decode(testRecord(ticket), flags.merging(["input.texts": "each"]) { $1 })
        #expect(
            each
                == .texts([
                    TextPart(pointer: "/subject", text: "Lamp"),
                    TextPart(pointer: "/comments/0/body", text: "Broken."),
                    TextPart(pointer: "/comments/2/body", text: "Still."),
                ])
        )
    }

    @Test("Of several messages those are tagged that the filter admits; where it admits none, the record is filtered")
    func filterOfElements() throws {
        let flags = [
            "input.text": "/comments/*/body", "input.texts": "each", "input.filter": "/comments/*/role=customer",
        ]
        let json = #"{"comments":[{"role":"agent","body":"a"},{"role":"customer","body":"b"},{"body":"c"}]}"#
        #expect(try decode(testRecord(json), flags) == .texts([TextPart(pointer: "/comments/1/body", text: "b")]))
        let agents = testRecord(#"{"comments":[{"role":"agent","body":"a"}]}"#)
        #expect(try decode(agents, flags) == .untagged)
        #expect(try decode(agents, flags.merging(["input.filtered": "skip"]) { $1 }) == .skipped(.filtered))
        guard case .rejected(let rejection) = try decode(testRecord(#"{"comments":[{"role":"customer"}]}"#), flags)
        else {
            return #expect(Bool(false))
        }
        #expect(rejection.reason == .missingField)
    }

    @Test("What the filter does not admit is published as it is, or left out; bad JSON is neither")
    func filter() throws {
        let flags = ["input.filter": "/author/role=customer"]
        #expect(try text(#"{"author":{"role":"customer"},"text":"a"}"#, flags) == "a")
        let agent = testRecord(#"{"author":{"role":"agent"}}"#)
        guard case .untagged = try decode(agent, flags) else {
            Issue.record("not sent on")
            return
        }
        let skipping = flags.merging(["input.filtered": "skip"]) { $1 }
        guard case .skipped(.filtered) = try decode(agent, skipping) else {
            Issue.record("not left out")
            return
        }
        #expect(try Decode(settings: testSettings(skipping)).skips(agent))
        #expect(try !Decode(settings: testSettings(flags)).skips(agent))
        #expect(try reason(Array(#"{"author":"#.utf8), flags) == .badJSON)
    }

    @Test("Texts are cleaned as the settings say, and what is left of them is tagged")
    func cleaned() throws {
        let mail = #"{"text":"<p>It is <b>broken</b>.</p><p>--<br>Ann</p>"}"#
        #expect(try text(mail) == "<p>It is <b>broken</b>.</p><p>--<br>Ann</p>")
        #expect(try text(mail, ["text.clean": "html,quotes,signature"]) == "It is broken.")
        #expect(try reason(Array(#"{"text":"<p>&nbsp;</p>"}"#.utf8), ["text.clean": "html"]) == .emptyText)
    }

    @Test("Tombstones and empty texts go where the settings say")
    func choices() throws {
        guard case .untagged = try decode(testRecord(nil), ["on.tombstone": "forward"]) else {
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
