// SPDX-License-Identifier: Apache-2.0
import Foundation
package import HTTP

/// A TCP client that says what it likes.
package final class RawClient {
    private let descriptor: Int32

    package struct Failure: Error {}

    package init(_ address: HostPort) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = address.port.bigEndian
        place.sin_addr.s_addr = inet_addr(address.host)
        var timeout = timeval(tv_sec: Int(Looks.patience.components.seconds), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let isConnected = withUnsafeBytes(of: &place) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                connect(descriptor, $0.baseAddress, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw Failure() }
    }

    deinit { close(descriptor) }

    /// Sends all of it; false if the other side is closed.
    @discardableResult
    package func send(_ bytes: some Collection<UInt8>) -> Bool {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Says that nothing more comes, and goes on listening.
    package func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reads up to the end, which the server makes; nil if it does not, or resets the connection.
    package func receive() -> String? {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 { return String(decoding: all, as: UTF8.self) }
            guard count > 0 else { return nil }
            all += buffer[..<count]
        }
    }

    /// Reads so many bytes; fewer if the other side closes before.
    package func receive(_ count: Int) -> String {
        var all: [UInt8] = []
        while all.count < count {
            var buffer = [UInt8](repeating: 0, count: count - all.count)
            let received = recv(descriptor, &buffer, buffer.count, 0)
            guard received > 0 else { break }
            all += buffer[..<received]
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// Has the connection be broken off when it is closed, as by a client that fails.
    package func breakOff() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    /// A POST of JSON.
    package static func post(_ path: String, _ body: String, _ fields: [String: String] = [:]) -> String {
        let standard = ["Host": "x", "Content-Type": "application/json", "Content-Length": "\(body.utf8.count)"]
        let lines = standard.merging(fields) { $1 }.filter { !$0.value.isEmpty }.map { "\($0.key): \($0.value)\r\n" }
        return "POST \(path) HTTP/1.1\r\n\(lines.joined())\r\n\(body)"
    }

    /// What stands behind the head of an answer.
    package static func body(_ answer: String?) -> String? {
        guard let answer, let end = answer.firstRange(of: "\r\n\r\n") else { return nil }
        return String(answer[end.upperBound...])
    }

    /// Sends a request and reads the answer.
    package static func ask(_ address: HostPort, _ request: String) throws -> String? {
        let client = try RawClient(address)
        client.send(request.utf8)
        return client.receive()
    }

    /// Sends a request and reads the status of the answer.
    package static func status(_ address: HostPort, _ request: String) throws -> Int? {
        status(try ask(address, request))
    }

    /// The status of an answer.
    package static func status(_ answer: String?) -> Int? {
        answer.flatMap { $0.hasPrefix("HTTP/1.1 ") ? Int($0.dropFirst(9).prefix(3)) : nil }
    }
}
