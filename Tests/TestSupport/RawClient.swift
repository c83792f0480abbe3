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
