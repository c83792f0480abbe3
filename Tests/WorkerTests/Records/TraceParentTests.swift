// SPDX-License-Identifier: Apache-2.0
import Kafka
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct TraceParentTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let parent = "00-\(trace)-b7ad6b7169203331-01"

    private func continued(_ headers: [Header], offset: Int64 = 7, to topic: String = "out") -> [String] {
        headers.continuingTrace(of: testRecord("x", offset: offset), to: topic)
            .map { "\($0.name)=\(String(decoding: $0.value ?? [], as: UTF8.self))" }
    }

    @Test("A trace goes on with a span of its own for each result, the same one each time, and its state as it came")
    func continued() throws {
        let headers = [Header("a", "1"), Header("traceparent", Self.parent), Header("tracestate", "x=1,y=2")]
        let found = continued(headers)
        #expect(found[0] == "a=1" && found[2] == "tracestate=x=1,y=2")
        let parts = found[1].split(separator: "-")
        #expect(parts.count == 4 && parts[0] == "traceparent=00" && parts[1] == Self.trace && parts[3] == "01")
        #expect(parts[2].count == 16 && parts[2] != "b7ad6b7169203331" && parts[2].allSatisfy(\.isHexDigit))
        #expect(continued(headers) == found)
        #expect(continued(headers, offset: 8)[1] != found[1] && continued(headers, to: "hold")[1] != found[1])
    }

    @Test("Of a later version the part that is known goes on")
    func laterVersion() {
        let found = continued([Header("traceparent", "cc-\(Self.trace)-b7ad6b7169203331-ff-more")])
        #expect(found[0].hasPrefix("traceparent=00-\(Self.trace)-") && found[0].hasSuffix("-03"))
    }

    @Test(
        "What is not valid stays as it came",
        arguments: [
            "", "x", "00-\(trace)-b7ad6b7169203331", "00-\(trace)-b7ad6b7169203331-01-more",
            "ff-\(trace)-b7ad6b7169203331-01", "00-\(trace.uppercased())-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-\(trace)-0000000000000000-01",
            "00-\(trace)-b7ad6b716920333-01", "0-\(trace)-b7ad6b7169203331-01", "00-\(trace)-b7ad6b7169203331-0",
        ]
    )
    func invalid(value: String) {
        #expect(continued([Header("traceparent", value)]) == ["traceparent=\(value)"])
    }

    @Test("Of several, the last one goes on; one without a value is none")
    func several() {
        let found = continued([Header("traceparent", Self.parent), Header("traceparent", Self.parent)])
        #expect(found[0] == "traceparent=\(Self.parent)" && found[1] != found[0])
        #expect(continued([Header(name: "traceparent", value: nil)]) == ["traceparent="])
    }
}
