// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing
import Threading

@testable import HTTP

/// Server-sent events over real sockets.
@Suite(.ownThread) struct HTTPEventTests {
    /// Tells what the test has it tell.
    private final class Events: HTTPEventSource {
        private let newest = Monitor<HTTPEvent?>(nil)

        func refusal(of request: HTTPRequest) -> HTTPResponse? {
            request.field("Authorization") == "none" ? HTTPResponse(status: 401, body: "no") : nil
        }

        func event(after last: Int?) -> HTTPEvent? {
            newest.withLock { newest in newest.flatMap { $0.number != last ? $0 : nil } }
        }

        func tell(_ number: Int, _ data: String) {
            newest.withLock { $0 = HTTPEvent(number: number, name: "tick", data: Array(data.utf8)) }
        }
    }

    private func withServer(_ body: (HostPort, Events) throws -> Void) throws {
        let events = Events()
        let server = try HTTPServer(HostPort(host: "127.0.0.1", port: 0)) { request in
            switch request.path {
            case "/events": .events(events)
            case "/livez": .page(HTTPResponse(body: "ok\n"))
            default: nil
            }
        }
        let thread = Thread { server.serve() }
        thread.start()
        defer { server.stop() }
        try body(server.address, events)
    }

    private static let request = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"

    /// Reads until a text comes.
    private func read(_ client: RawClient, upTo end: String) -> String {
        var text = ""
        while !text.hasSuffix(end) {
            let more = client.receive(1)
            if more.isEmpty { break }
            text += more
        }
        return text
    }

    @Test("A client has the head at once, each event as it comes, and the end when the server stops")
    func events() throws {
        var client: RawClient?
        try withServer { address, events in
            let listener = try RawClient(address)
            client = listener
            listener.send(Self.request.utf8)
            let head = read(listener, upTo: "\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.contains("Content-Type: text/event-stream\r\n"))
            #expect(!head.contains("Content-Length"))
            for number in 1...3 {
                events.tell(number, "{\"n\":\(number)}")
                let expected = "event: tick\nid: \(number)\ndata: {\"n\":\(number)}\n\n"
                #expect(read(listener, upTo: "\n\n") == expected)
            }
        }
        #expect(client?.receive() == "")
    }

    @Test("Other methods, and who is refused, get an answer and no events")
    func refused() throws {
        try withServer { (address, _) throws in
            #expect(try RawClient.status(address, RawClient.post("/events", "")) == 405)
            #expect(try RawClient.status(address, "HEAD /events HTTP/1.1\r\nHost: x\r\n\r\n") == 405)
            let fields = "GET /events HTTP/1.1\r\nHost: x\r\nAuthorization: none\r\n\r\n"
            #expect(try RawClient.status(address, fields) == 401)
        }
    }

    @Test("Only so many listen at a time; the others are told to come later, pages go on, and who leaves makes room")
    func limit() throws {
        try withServer { address, events in
            events.tell(1, "x")
            var listeners: [RawClient] = []
            for _ in 0..<HTTPServer.maxStreams {
                let listener = try RawClient(address)
                listener.send(Self.request.utf8)
                #expect(read(listener, upTo: "\n\n").hasSuffix("data: x\n\n"))
                listeners.append(listener)
            }
            let late = try RawClient.ask(address, Self.request)
            #expect(RawClient.status(late) == 503 && late?.contains("Retry-After: 5\r\n") == true)
            #expect(try RawClient.status(address, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n") == 200)
            listeners.removeFirst()
            var status: Int?
            repeat {
                let client = try RawClient(address)
                client.send(Self.request.utf8)
                status = RawClient.status(read(client, upTo: "\r\n\r\n"))
            } while status == 503
            #expect(status == 200)
        }
    }

    @Test("A client that takes nothing misses events, costs a limited time, and holds nobody up")
    func slow() throws {
        try withServer { address, events in
            let slow = try RawClient(address)
            slow.send(Self.request.utf8)
            _ = read(slow, upTo: "\r\n\r\n")
            let other = try RawClient(address)
            other.send(Self.request.utf8)
            _ = read(other, upTo: "\r\n\r\n")
            // More than sockets hold between them.
            let large = String(repeating: "x", count: 20_000_000)
            events.tell(1, large)
            let length = "event: tick\nid: 1\ndata: \(large)\n\n".utf8.count
            #expect(other.receive(length).utf8.count == length)
            events.tell(2, "y")
            #expect(read(other, upTo: "data: y\n\n").hasSuffix("id: 2\ndata: y\n\n"))
            // It is given up once its time is over, and what it says then goes nowhere.
            while slow.send([UInt8(ascii: "x")]) { Looks.pause(after: .now) }
            events.tell(3, "z")
            #expect(read(other, upTo: "data: z\n\n").hasSuffix("id: 3\ndata: z\n\n"))
        }
    }
}
