// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing
import Threading

@testable import HTTP

/// Requests with a body, and answers that come later, over real sockets.
@Suite(.ownThread) struct HTTPServiceTests {
    /// Answers when the test has it do so.
    private final class HeldService: HTTPService {
        let maxBodyBytes = 1_000
        let timeout: Duration
        private let held = Monitor<[(body: String, exchange: HTTPExchange)]>([])

        init(timeout: Duration = Looks.patience) { self.timeout = timeout }

        func refusal(of request: HTTPRequest) -> HTTPResponse? {
            request.field("Authorization") == "none" ? HTTPResponse(status: 401, body: "no") : nil
        }

        func refusal(status: Int) -> HTTPResponse { HTTPResponse(status: status, body: "refused") }

        func take(_ body: [UInt8], _ exchange: HTTPExchange) {
            held.withLock { $0.append((String(decoding: body, as: UTF8.self), exchange)) }
            held.broadcast()
        }

        /// Waits for so many requests.
        func wait(for count: Int) -> [(body: String, exchange: HTTPExchange)] {
            held.wait { $0.count >= count ? .done($0) : .wait(until: nil) }
        }
    }

    /// A server at work, and its end.
    private final class Running {
        let server: HTTPServer
        private let isOver = Monitor(false)
        var address: HostPort { server.address }

        init(_ service: HeldService) throws {
            server = try HTTPServer(HostPort(host: "127.0.0.1", port: 0)) { request in
                switch request.path {
                case "/echo": .service(service)
                case "/livez": .page(HTTPResponse(body: "ok\n"))
                default: nil
                }
            }
            let (server, isOver) = (server, isOver)
            Thread {
                server.serve()
                isOver.withLock { $0 = true }
                isOver.broadcast()
            }.start()
        }

        deinit { server.stop() }

        func stop() {
            server.stop()
            isOver.wait { $0 ? .done(()) : .wait(until: nil) }
        }

        func isAlive() throws -> Bool {
            try RawClient.status(address, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n") == 200
        }
    }

    private static let continued = "HTTP/1.1 100 Continue\r\n\r\n"

    @Test("A body comes whole, by its length or in chunks, at once or byte by byte, and its answer goes back")
    func bodies() throws {
        let service = HeldService()
        let running = try Running(service)
        let chunks =
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
        var count = 0
        for (request, body) in [
            (RawClient.post("/echo", "hello"), "hello"), (chunks, "hello"), (RawClient.post("/echo", ""), ""),
        ] {
            for isWhole in [true, false] {
                let client = try RawClient(running.address)
                if isWhole { client.send(request.utf8) } else { for byte in request.utf8 { client.send([byte]) } }
                count += 1
                let (received, exchange) = service.wait(for: count)[count - 1]
                #expect(received == body)
                #expect(exchange.answer(HTTPResponse(body: "got \(received)")))
                #expect(!exchange.answer(HTTPResponse(body: "again")))
                let answer = client.receive()
                #expect(RawClient.status(answer) == 200 && RawClient.body(answer) == "got \(body)")
            }
        }
    }

    @Test("Each path has its methods, and says which")
    func methods() throws {
        let running = try Running(HeldService())
        for (method, path, status, allowed) in [
            ("GET", "/echo", 405, "POST"), ("HEAD", "/echo", 405, "POST"), ("PUT", "/echo", 405, "POST"),
            ("POST", "/livez", 405, "GET, HEAD"), ("POST", "/none", 404, nil),
        ] as [(String, String, Int, String?)] {
            let answer = try RawClient.ask(running.address, "\(method) \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(RawClient.status(answer) == status, "\(method) \(path)")
            if let allowed { #expect(answer?.contains("\r\nAllow: \(allowed)\r\n") == true) }
        }
    }

    @Test("A client that waits to be told is told to go on, once its head is accepted, and only then")
    func expectation() throws {
        let service = HeldService()
        let running = try Running(service)
        let head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n"
        let client = try RawClient(running.address)
        client.send((head + "\r\n").utf8)
        #expect(client.receive(Self.continued.utf8.count) == Self.continued)
        client.send("hello".utf8)
        service.wait(for: 1)[0].exchange.answer(HTTPResponse(body: "got"))
        #expect(RawClient.body(client.receive()) == "got")
        // What was sent already needs no word, nor does a client that would not know it.
        let old = head.replacing("HTTP/1.1", with: "HTTP/1.0")
        for (index, request) in [head + "\r\nhello", old + "\r\nhello"].enumerated() {
            let eager = try RawClient(running.address)
            eager.send(request.utf8)
            service.wait(for: index + 2)[index + 1].exchange.answer(HTTPResponse(body: "got"))
            #expect(eager.receive()?.hasPrefix("HTTP/1.1 200 OK") == true)
        }
        let large = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n"
        #expect(try RawClient.status(running.address, large) == 413)
        #expect(try RawClient.status(running.address, head + "Authorization: none\r\n\r\n") == 401)
        #expect(try RawClient.status(running.address, head.replacing("100-C", with: "200-C") + "\r\n") == 417)
    }

    @Test("A body that is too large is refused before it has come, and one that is in no chunks when that shows")
    func refusals() throws {
        let running = try Running(HeldService())
        let chunked = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        for (request, status) in [
            (RawClient.post("/echo", "", ["Content-Length": "1001"]), 413),
            (RawClient.post("/echo", "", ["Content-Length": "99999999999999999999"]), 413),
            (chunked + "3e9\r\n", 413), (chunked + "no\r\n", 400), (chunked + "1\r\nab\r\n", 400),
        ] {
            let answer = try RawClient.ask(running.address, request)
            #expect(RawClient.status(answer) == status && RawClient.body(answer) == "refused", "\(request)")
        }
        #expect(try running.isAlive())
    }

    @Test("Any number of requests wait at once, hold up nobody, and each gets its own answer")
    func waiting() throws {
        let service = HeldService()
        let running = try Running(service)
        let count = 2 * HTTPServer.maxConnections
        let clients = try (0..<count).map { index in
            let client = try RawClient(running.address)
            client.send(RawClient.post("/echo", "\(index)").utf8)
            return client
        }
        let held = service.wait(for: count)
        #expect(try running.isAlive())
        for (body, exchange) in held.reversed() { exchange.answer(HTTPResponse(body: "for \(body)")) }
        for (index, client) in clients.enumerated() { #expect(RawClient.body(client.receive()) == "for \(index)") }
    }

    @Test("A client that has closed its side still gets its answer; one whose connection is broken is given up")
    func gone() throws {
        let service = HeldService()
        let running = try Running(service)
        let quiet = try RawClient(running.address)
        quiet.send(RawClient.post("/echo", "quiet").utf8)
        quiet.finish()
        let first = service.wait(for: 1)[0]
        do {
            let broken = try RawClient(running.address)
            broken.send(RawClient.post("/echo", "broken").utf8)
            _ = service.wait(for: 2)
            broken.breakOff()
        }
        let second = service.wait(for: 2)[1]
        while !second.exchange.isOver { usleep(1_000) }
        #expect(!second.exchange.answer(HTTPResponse(body: "too late")) && !first.exchange.isOver)
        first.exchange.answer(HTTPResponse(body: "got"))
        #expect(RawClient.body(quiet.receive()) == "got")
    }

    @Test("An answer that does not come in time is 503")
    func timeout() throws {
        let service = HeldService(timeout: .milliseconds(1))
        let running = try Running(service)
        let answer = try RawClient.ask(running.address, RawClient.post("/echo", "hello"))
        #expect(RawClient.status(answer) == 503 && RawClient.body(answer) == "refused")
        #expect(service.wait(for: 1)[0].exchange.isOver)
    }

    @Test("Answers that are there when the server is stopped go out whole; what is not answered is closed")
    func stop() throws {
        let service = HeldService()
        let running = try Running(service)
        let clients = try ["answered", "open"].map { body in
            let client = try RawClient(running.address)
            client.send(RawClient.post("/echo", body).utf8)
            return client
        }
        let long = String(repeating: "x", count: 300_000)
        let held = service.wait(for: 2)
        for (body, exchange) in held where body == "answered" { exchange.answer(HTTPResponse(body: long)) }
        running.server.stop()
        #expect(RawClient.body(clients[0].receive()) == long)
        running.stop()
        #expect(clients[1].receive() == "" && held.allSatisfy { $0.exchange.response != nil || $0.exchange.isOver })
    }
}
