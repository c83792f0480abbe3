// SPDX-License-Identifier: Apache-2.0
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
