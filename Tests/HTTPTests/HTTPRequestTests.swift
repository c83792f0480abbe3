// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct HTTPRequestTests {
    private func parse(_ text: String) -> HTTPRequest.Parsed { HTTPRequest.parse(Array(text.utf8)) }

    private func target(_ text: String) -> String? {
        if case .request(let request) = parse(text) { "\(request.method) \(request.path)" } else { nil }
    }

    private func status(_ text: String) -> Int? {
        if case .refused(let status) = parse(text) { status } else { nil }
    }

    @Test(
        "A target is a path with a query, or has a scheme and a host before it; its escapes are undone",
        arguments: [
            ("/livez", "/livez"), ("/metrics?name[]=a%zz", "/metrics"), ("/live%7A", "/livez"), ("/%6Civez?", "/livez"),
            ("/livez%3Fa", "/livez?a"), ("/", "/"), ("//livez", "//livez"), ("/livez/", "/livez/"),
            ("http://host:80/livez?x", "/livez"), ("HTTPS://[::1]:9464/livez", "/livez"), ("http://host", "/"),
            ("http://host?a", "/"),
        ]
    )
    func targets(target: String, path: String) {
        #expect(self.target("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n") == "GET \(path)")
    }

    @Test(
        "A request line that is none is refused with 400, another major version with 505",
        arguments: [
            ("GET * HTTP/1.1", 400), ("GET host:80 HTTP/1.1", 400), ("GET livez HTTP/1.1", 400),
            ("GET /%zz HTTP/1.1", 400),
            ("GET /%7 HTTP/1.1", 400), ("GET /%+7 HTTP/1.1", 400), ("GET /a#b HTTP/1.1", 400),
            ("GET http:///a HTTP/1.1", 400),
            ("GET http://a@b/ HTTP/1.1", 400), ("GET ftp://a/ HTTP/1.1", 400), ("GET  /livez HTTP/1.1", 400),
            (" GET /livez HTTP/1.1", 400), ("GET /livez HTTP/1.1 ", 400), ("GET /livez\tHTTP/1.1", 400),
            ("GET /livez", 400),
            ("G(T /livez HTTP/1.1", 400), ("GET /liv\u{0}ez HTTP/1.1", 400), ("GET /livé HTTP/1.1", 400),
            ("GET /livez HTTP/1.1\r", 400), ("GET /livez http/1.1", 400), ("GET /livez HTTP/1", 400),
            ("GET /livez HTTP/1.", 400), ("GET /livez HTTP/11.1", 400), ("GET /livez HTTP/1.10", 400),
            ("GET /livez HTTP/a.b", 400),
            ("GET /livez HTTPS/1.1", 400), ("GET /livez HTTP/2.0", 505), ("GET /livez HTTP/0.9", 505),
            ("OPTIONS * HTTP/1.1", 405), ("CONNECT host:80 HTTP/1.1", 405), ("M-SEARCH * HTTP/1.1", 405),
        ]
    )
    func requestLines(line: String, expected: Int) {
        #expect(status(line + "\r\nHost: x\r\n\r\n") == expected)
    }

    @Test(
        "Fields that are none, or that leave open what host or length is meant, are refused",
        arguments: [
            ("", 400), ("Host: x\r\nHost: x", 400), ("Host: x\r\nhOST: y", 400), ("Host: a/b", 400), ("Host: a b", 400),
            ("Host: a@b", 400), ("Host: a:b", 400), ("Host: [::1", 400), ("Host: a, b:80:80", 400), ("Host: é", 400),
            ("Host : x", 400), ("Host: x\r\nA : b", 400), ("Host: x\r\n folded", 400), (" Host: x", 400),
            ("\tHost: x", 400),
            ("Host: x\r\nA", 400), ("Host: x\r\n: b", 400), ("Host: x\r\nA b: c", 400), ("Host: x\r\nA: b\rc", 400),
            ("Host: x\r\nA: b\u{0}", 400), ("Host: x\r\nA: b\u{1B}[0m", 400), ("Host: x\r\n\"A\": b", 400),
            ("Host: x\r\r", 400), ("Host: x\r\nContent-Length: -1", 400), ("Host: x\r\nContent-Length: +1", 400),
            ("Host: x\r\nContent-Length: 1a", 400), ("Host: x\r\nContent-Length:", 400),
            ("Host: x\r\nContent-Length: 1, 2", 400),
            ("Host: x\r\nContent-Length: 1\r\nContent-Length: 2", 400),
            ("Host: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked", 400),
            ("Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
            ("Host: x\r\nTransfer-Encoding: gzip", 400), ("Host: x\r\nTransfer-Encoding: chunked, gzip", 400),
            ("Host: x\r\nTransfer-Encoding: gzip, chunked", 501), ("Host: x\r\nTransfer-Encoding: \u{B}chunked", 400),
        ]
    )
    func fields(lines: String, expected: Int) {
        let end = lines.isEmpty ? "\r\n" : "\r\n\r\n"
        for method in ["GET", "POST"] {
            #expect(status("\(method) /livez HTTP/1.1\r\n\(lines)\(end)") == expected)
        }
    }

    @Test(
        "What the grammar allows is a request",
        arguments: [
            "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "GET /a HTTP/1.1\nHost:x\n\n", "GET /a HTTP/1.0\r\n\r\n",
            "\r\n\r\nGET /a HTTP/1.1\r\nhost:\t[::1]:80 \r\n\r\n", "GET /a HTTP/1.1\r\nHost:\r\n\r\n",
            "GET /a HTTP/1.9\r\nHost: x.example:\r\n\r\n",
            "GET /a HTTP/1.1\r\nX: \u{E9} \t b\r\nHost: x\r\nEmpty:\r\n\r\nbody",
            "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody",
            "GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
            "GET /a HTTP/1.1\r\nHost: 127.0.0.1:9464\r\n!#$%&'*+-.^_`|~: a:b\"c\r\n\r\n",
        ]
    )
    func valid(text: String) {
        #expect(target(text) == "GET /a")
    }

    @Test("A parameter of the query is what stands behind its name, percent-decoded, and only where it is there once")
    func parameters() throws {
        for (query, value) in [
            ("key=a%2Bb", "a+b"), ("alt=json&key=x", "x"), ("key=", ""), ("", nil), ("key", nil), ("akey=x", nil),
            ("key=a&key=b", nil), ("key=%zz", nil),
        ] {
            guard case .request(let request) = parse("POST /a?\(query) HTTP/1.1\r\nHost: x\r\n\r\n") else {
                Issue.record("\(query) is refused")
                continue
            }
            #expect(request.parameter("key") == value && request.path == "/a", "\(query)")
        }
    }

    @Test("HTTP/1.0 needs no host, has at most one, and knows no chunks")
    func oldVersion() {
        #expect(status("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") == 400)
        #expect(status("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400)
    }

    @Test("More bytes never change what was said, also behind many empty lines")
    func limits() {
        for count in [0, 6_000, 6_200, 9_000] {
            let empty = String(repeating: "\r\n", count: count / 2)
            let whole = empty + "GET /" + String(repeating: "t", count: 3_000) + " HTTP/1.1\r\nHost: x\r\n\r\n"
            let bytes = Array(whole.utf8)
            var said: HTTPRequest.Parsed?
            for end in stride(from: 0, to: bytes.count, by: 7) {
                let parsed = HTTPRequest.parse(Array(bytes[..<end]))
                if said == nil, parsed != .incomplete { said = parsed }
                #expect(said == nil || said == parsed)
            }
            #expect(said == .refused(count <= 6_000 ? 414 : 431) && HTTPRequest.parse(bytes) == said)
        }
    }

    @Test("A date is written as HTTP has it")
    func date() {
        let answer = String(decoding: HTTPResponse(body: "").bytes(withBody: true, at: 784_111_777), as: UTF8.self)
        #expect(answer.contains("\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"))
    }
}
