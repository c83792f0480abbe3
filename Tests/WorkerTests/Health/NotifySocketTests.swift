// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Worker

@Suite struct NotifySocketTests {
    @Test("A message arrives whole, at a path and at an abstract name", arguments: ["/tmp/", "@"])
    func send(before name: String) throws {
        let listener = try DatagramListener(name + "c4b-" + UUID().uuidString)
        let socket = try NotifySocket(listener.path)
        #expect(socket.send(["READY=1", "STATUS=ready, 0 records behind"]))
        #expect(listener.receive() == ["READY=1", "STATUS=ready, 0 records behind"])
    }

    @Test("Who does not listen, or not fast enough, misses a message, and nobody waits")
    func unheard() throws {
        let path = "@c4b-" + UUID().uuidString
        let socket = try NotifySocket(path)
        #expect(!socket.send(["READY=1"]))
        let listener = try DatagramListener(path)
        defer { withExtendedLifetime(listener) {} }
        var sent = 0
        while sent < 100_000, socket.send(["WATCHDOG=1"]) { sent += 1 }
        #expect(sent > 0 && sent < 100_000)
    }

    @Test(
        "What no message can be sent to is refused",
        arguments: ["", "/", "@", "relative", "vsock:2:1", "/" + String(repeating: "x", count: 107)]
    )
    func refused(path: String) {
        #expect(throws: NotifySocket.Failure.self) { try NotifySocket(path) }
    }
}
