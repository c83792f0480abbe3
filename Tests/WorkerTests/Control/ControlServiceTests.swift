// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Logging
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// Control over a real port, without Kafka.
@Suite(.ownThread) struct ControlServiceTests {
    private final class Port {
        let control = Control()
        let log = Log(level: .warning) { _ in }
        let server: HTTPServer

        init(token: String? = nil, address: String = "127.0.0.1:0") throws {
            let address = try #require(HostPort(address))
            let access = PortAccess(token: HTTPToken(token.map { BearerToken($0) }), address: address)
            let reloader = Reloader(metrics: ReloadMetrics(), log: log) { _ in throw ModelReload.Stopped() }
            let services = ControlService.all(control, reloader, access: access, log: log)
            server = try HTTPServer(HostPort(host: "127.0.0.1", port: 0)) { request in
                services[request.path].map { .service($0) }
            }
            let server = server
            Thread { server.serve() }.start()
        }

        deinit { server.stop() }

        func post(_ action: String, _ body: String = "", _ fields: [String: String] = [:]) throws -> (Int?, String?) {
            let fields = ["Host": "localhost:9464"].merging(fields) { $1 }
            let answer = try RawClient.ask(server.address, RawClient.post("/control/\(action)", body, fields))
            return (RawClient.status(answer), RawClient.body(answer))
        }
    }

    @Test("Pause and resume say how things are then, however often they are asked for")
    func pause() throws {
        let port = try Port()
        for (action, isPaused) in [("pause", true), ("pause", true), ("resume", false), ("resume", false)] {
            #expect(try port.post(action) == (200, "{\"paused\":\(isPaused)}\n"))
            #expect(port.control.isPaused == isPaused)
        }
        let get = try RawClient.ask(port.server.address, "GET /control/pause HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(get?.contains("405 Method Not Allowed\r\n") == true && get?.contains("Allow: POST\r\n") == true)
    }

    @Test("The log's level changes at once")
    func logLevel() throws {
        let port = try Port()
        #expect(try port.post("log-level", #"{"level":"debug"}"#) == (200, "{\"level\":\"debug\"}\n"))
        #expect(port.log.level == .debug)
    }

    @Test(
        "A body that names no level is refused by what is wrong with it, and changes nothing",
        arguments: [
            ("", "the request is not an object"), ("debug", "the request is not an object"),
            ("[]", "the request is not an object"),
            ("{}", "level: is missing"), (#"{"level":1}"#, "level: is not a string"),
            (#"{"level":"loud"}"#, "level: is not one of debug, info, warning, error"),
            (#"{"levels":"info"}"#, "levels: is no field"), (#"{"level":"info"} x"#, "the body is not JSON"),
        ]
    )
    func badLevel(body: String, reason: String) throws {
        let port = try Port()
        let (status, text) = try port.post("log-level", body)
        #expect(status == 400 && text?.hasPrefix(#"{"error":"\#(reason)"#) == true, "\(text ?? "")")
        #expect(port.log.level == .warning)
        #expect(try port.post("log-level", String(repeating: " ", count: 2_000)).0 == 413)
    }

    @Test("With a token, who has it may, from wherever")
    func token() throws {
        let port = try Port(token: "s3cret", address: "0.0.0.0:9464")
        let right = ["Authorization": "Bearer s3cret", "Host": "worker.example"]
        #expect(try port.post("pause", "", right).0 == 200)
        for fields in [[:], ["Authorization": "Bearer x"], ["Authorization": "s3cret"]] {
            #expect(try port.post("resume", "", fields).0 == 401)
        }
        #expect(port.control.isPaused)
    }

    @Test("Without a token nobody may from other machines, and the answer says what to set")
    func noToken() throws {
        let port = try Port(address: "0.0.0.0:9464")
        let (status, text) = try port.post("pause")
        #expect(status == 403 && text?.contains("http.token: not set") == true && !port.control.isPaused)
    }

    @Test(
        "On this machine, no page in a browser may but the worker's own",
        arguments: [
            ("localhost:9464", nil, true), ("127.0.0.1", nil, true), ("[::1]:9464", "http://[::1]:9464", true),
            ("localhost:9464", "http://localhost:9464", true), ("localhost:9464", "http://localhost:3000", false),
            ("localhost:9464", "https://evil.example", false), ("localhost:9464", "null", false),
            ("evil.example:9464", "http://evil.example:9464", false), ("evil.example", nil, false),
        ]
    )
    func browsers(host: String, origin: String?, isAllowed: Bool) throws {
        let port = try Port()
        let fields = ["Host": host].merging(origin.map { ["Origin": $0] } ?? [:]) { $1 }
        #expect(try port.post("pause", "", fields).0 == (isAllowed ? 200 : 403))
        #expect(port.control.isPaused == isAllowed)
    }
}
