// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import HTTP

/// The HTTP port against real sockets, well-meant and other ones.
@Suite(.ownThread) struct HTTPServerTests {
    private static let large = String(repeating: "x", count: 20_000_000)

    private func withServer(_ body: (HostPort) throws -> Void) throws {
        let server = try HTTPServer(HostPort(host: "127.0.0.1", port: 0)) { request in
            switch request.path {
            case "/livez": .page(HTTPResponse(body: "ok\n"))
            case "/large": .page(HTTPResponse(body: Self.large))
            default: nil
            }
        }
        let thread = Thread { server.serve() }
        thread.start()
        defer { server.stop() }
        try body(server.address)
    }

    private func isAlive(_ address: HostPort) throws -> Bool {
        let answer = try RawClient.ask(address, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        return answer?.hasPrefix("HTTP/1.1 200 OK\r\n") == true && answer?.hasSuffix("\r\n\r\nok\n") == true
    }

    @Test("GET is answered with a body, HEAD without, and unknown paths with 404")
    func answers() throws {
        try withServer { address in
            #expect(try isAlive(address))
            let head = try #require(try RawClient.ask(address, "HEAD /livez?a=b HTTP/1.0\r\n\r\n"))
            #expect(head.contains("Content-Length: 3\r\n") && head.hasSuffix("\r\n\r\n"))
            #expect(try RawClient.status(address, "GET /etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n") == 404)
            #expect(try RawClient.status(address, "GET /livez HTTP/2.0\r\n\r\n") == 505)
        }
    }

    @Test(
        "Every other method is refused with 405, and with what is allowed, whatever body comes behind it",
        arguments: ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get"]
    )
    func methods(method: String) throws {
        try withServer { address in
            for size in [0, 1_000_000] {
                let body = String(repeating: "b", count: size)
                let answer = try RawClient.ask(
                    address,
                    "\(method) /livez HTTP/1.1\r\nHost: x\r\nContent-Length: \(size)\r\n\r\n\(body)"
                )
                #expect(RawClient.status(answer) == 405 && answer?.contains("\r\nAllow: GET, HEAD\r\n") == true)
            }
        }
    }

    @Test(
        "A head of more than 8 KiB gets 431, a target of more than 2 KiB 414, however they come",
        arguments: [false, true]
    )
    func sizes(isWhole: Bool) throws {
        try withServer { (address) throws in
            let end = isWhole ? "\r\n\r\n" : ""
            let headers = "GET /livez HTTP/1.1\r\nX: " + String(repeating: "h", count: 9_000) + end
            #expect(try RawClient.status(address, headers) == 431)
            let many = "GET /livez HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 50_000) + end
            #expect(try RawClient.status(address, many) == 431)
            let target = "GET /" + String(repeating: "t", count: 3_000) + (isWhole ? " HTTP/1.1" : "") + end
            #expect(try RawClient.status(address, target) == 414)
            let fits = "GET /livez HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "h", count: 8_000) + "\r\n\r\n"
            #expect(try RawClient.status(address, fits) == 200)
        }
    }

    @Test("A client that sends nothing, or a little now and then, gets 408 after five seconds and delays no other")
    func slow() throws {
        try withServer { address in
            let silent = try RawClient(address)
            let slow = try RawClient(address)
            let start = ContinuousClock.now
            // Once the server has closed the connection, what is sent is refused.
            while start.duration(to: .now) < Looks.patience, slow.send("G".utf8) {
                #expect(try isAlive(address))
                usleep(100_000)
            }
            let waited = start.duration(to: .now)
            #expect(RawClient.status(silent.receive()) == 408 && waited > .seconds(4))
            #expect(RawClient.status(slow.receive()) != 200)
            #expect(try isAlive(address))
        }
    }

    @Test("A thousand connections that say nothing leave room for one that asks")
    func crowd() throws {
        try withServer { address in
            var crowd: [RawClient] = []
            for index in 0..<1_000 {
                // The first of them have ended by now; so are their sockets here.
                if crowd.count > 200 { crowd.removeFirst(100) }
                crowd.append(try RawClient(address))
                if index % 100 == 99 { #expect(try isAlive(address)) }
            }
            #expect(crowd[0].receive() != nil, "the oldest is closed long before its time is over")
        }
    }

    @Test("Of requests sent at once the first is answered, whole, and no other")
    func pipelining() throws {
        try withServer { address in
            let request = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
            let answer = try RawClient.ask(address, String(repeating: request, count: 1_000))
            #expect(answer?.components(separatedBy: "HTTP/1.1 200").count == 2)
            #expect(answer?.hasSuffix("ok\n") == true && answer?.contains("Connection: close") == true)
        }
    }

    @Test("A refusal of HEAD has no body, and each answer says when it was given")
    func refusals() throws {
        try withServer { address in
            for request in ["HEAD /livez HTTP/1.1\r\n\r\n", "\r\nHEAD /x HTTP/1.0\r\n\r\n", "HEAD / HTTP/3.0\r\n\r\n"] {
                let answer = try #require(try RawClient.ask(address, request))
                #expect(answer.hasSuffix("\r\n\r\n") && answer.contains("\r\nDate: ") && answer.contains(" GMT\r\n"))
            }
        }
    }

    @Test("A client that closes its side behind a request is answered")
    func halfClosed() throws {
        try withServer { address in
            let client = try RawClient(address)
            client.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
            client.finish()
            #expect(RawClient.status(client.receive()) == 200)
            let cut = try RawClient(address)
            cut.send("GET /livez HT".utf8)
            cut.finish()
            #expect(cut.receive() == "")
        }
    }

    @Test("What stands behind a request is no other request, whatever its length was said to be")
    func smuggling() throws {
        try withServer { address in
            let next = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
            for field in [
                "Content-Length: 5", "Transfer-Encoding: chunked", "Expect: 100-continue", "Connection: keep-alive",
            ] {
                let request = "GET /livez HTTP/1.1\r\nHost: x\r\n\(field)\r\n\r\n0\r\n\r\n\(next)"
                let answer = try RawClient.ask(address, request)
                #expect(RawClient.status(answer) == 200 && answer?.hasSuffix("\r\n\r\nok\n") == true)
            }
        }
    }

    @Test("A request that comes byte by byte is a request")
    func pieces() throws {
        try withServer { address in
            let client = try RawClient(address)
            for byte in "GET /livez HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n".utf8 { client.send([byte]) }
            #expect(RawClient.status(client.receive()) == 200)
        }
    }

    @Test("Garbage is refused or runs into a limit, and the next request is answered", arguments: 1...40)
    func garbage(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        let noise = (0..<Int.random(in: 1...20_000, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
        let starts = [
            "", "GET ", "GET / HTTP/1.1\r\n", "\r\n\r\n", "\u{0}\n\n", "GET  HTTP/1.1\n\n", "* / HTTP/1.1\n\n",
        ]
        try withServer { address in
            let client = try RawClient(address)
            client.send(Array(starts[seed % starts.count].utf8) + noise + Array("\n\n".utf8))
            let status = RawClient.status(client.receive())
            #expect(status.map { [400, 404, 405, 414, 431, 501, 505].contains($0) } == true, "\(status ?? 0)")
            #expect(try isAlive(address))
        }
    }

    @Test("A client that does not read an answer to its end is cut off and delays no other")
    func unread() throws {
        try withServer { address in
            let clients = try (0..<10).map { _ in try RawClient(address) }
            for client in clients { client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n".utf8) }
            let start = ContinuousClock.now
            // Once the server has closed the connection, what is sent is refused; that of the first is closed first.
            while start.duration(to: .now) < Looks.patience, clients[9].send("x".utf8) {
                #expect(try isAlive(address))
                usleep(100_000)
            }
            let answer = clients[0].receive()
            #expect((answer?.utf8.count ?? 0) < Self.large.utf8.count)
            let whole = try RawClient.ask(address, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect((whole?.utf8.count ?? 0) > Self.large.utf8.count)
        }
    }
}
