// SPDX-License-Identifier: Apache-2.0
import JSON
import Kafka
import Testing
import WorkerTestSupport

@testable import Configuration

@Suite struct RecordFilterTests {
    private func admits(_ filter: String, _ json: String, headers: [Header] = []) throws -> Bool {
        try #require(RecordFilter(filter)).admits(testRecord(json, headers: headers), value: Array(json.utf8))
    }

    private static let ticket =
        #"{"author":{"role":"customer","vip":true},"status":"open","priority":1.50,"deleted":null,"tag":"a,b","e":"x=y"}"#

    @Test(
        "A condition is on a value as it is written, or on a header",
        arguments: [
            ("", true), ("/author/role=customer", true), ("/author/role=agent", false), ("/author/role!=agent", true),
            ("/author/role!=customer", false), ("/none=x", false), ("/none!=x", true), ("/status", true),
            ("!/status", false),
            ("/none", false), ("!/none", true), ("/deleted", false), ("!/deleted", true), ("/deleted=null", false),
            ("/author/vip=true", true), ("/priority=1.50", true), ("/priority=1.5", false), (#"/tag=a\,b"#, true),
            ("/e=x=y", true), ("/author", true), ("/status=open, /author/role=customer", true),
            ("/status=open,/author/role=agent", false), ("header:origin=web", true), ("header:origin!=mail", true),
            ("header:origin", true), ("!header:bot", true), ("header:bot=x", false), ("header:null", false),
        ]
    )
    func conditions(filter: String, isMet: Bool) throws {
        let headers = [Header("origin", "mail"), Header("origin", "web"), Header(name: "null", value: nil)]
        #expect(try admits(filter, Self.ticket, headers: headers) == isMet)
    }

    @Test(
        "A condition on each element of an array keeps out the texts in those that do not meet it, and no others",
        arguments: [
            ("/comments/*/role=customer", [true, false, false, true]),
            ("/comments/*/role!=agent", [true, false, true, true]),
            ("/comments/*/role", [true, true, false, true]), ("!/comments/*/role", [false, false, true, true]),
            ("/comments/*/role!=agent,!/comments/*/deleted", [false, false, true, true]),
            ("/comments/1/role=customer", [true, true, true, true]), ("/none/*/role=x", [true, true, true, true]),
            ("/comments/*/by/*=a", [true, true, true, true]),
        ]
    )
    func elements(filter: String, admitted: [Bool]) throws {
        let json =
            #"{"comments":[{"role":"customer","deleted":1,"by":["a","b"]},{"role":"agent"},{"role":null}],"body":"x"}"#
        let elements = try #require(RecordFilter(filter)).elements(of: Array(json.utf8))
        let texts = ["/comments/0/text", "/comments/1/text/deep", "/comments/2/text", "/body"].map { JSONPointer($0)! }
        #expect(texts.map(elements.admits) == admitted)
        #expect(try admits("/comments/*/role=nobody", json))
    }

    @Test(
        "What is no condition is refused",
        arguments: ["author=x", "=x", "!", "header:", "header:=x", "/a~=x", "/a,b"]
    )
    func refused(filter: String) { #expect(RecordFilter(filter) == nil) }

    @Test("A header alone needs no JSON, and bad JSON is an error where it is looked into")
    func documents() throws {
        #expect(RecordFilter("header:a=b,!header:c")?.needsJSON == false && RecordFilter("/a")?.needsJSON == true)
        #expect(try !admits("header:a", "no JSON"))
        #expect(throws: (any Error).self) { try admits("/a", "no JSON") }
    }
}
