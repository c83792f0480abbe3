// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Listens on a datagram socket of this machine, as a service manager does.
package final class DatagramListener {
    /// As `NOTIFY_SOCKET` has it.
    package let path: String
    private let descriptor: Int32

    package struct Failure: Error {}

    /// - Parameter path: an absolute path, or `@` and an abstract name.
    package init(_ path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        let name = path.utf8.map { $0 == UInt8(ascii: "@") ? 0 : $0 }
        withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: name) }
        var timeout = timeval(tv_sec: Int(Looks.patience.components.seconds), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let isBound = withUnsafeBytes(of: &place) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                bind(descriptor, $0.baseAddress, socklen_t(MemoryLayout<sa_family_t>.size + name.count)) == 0
            }
        }
        guard isBound else { throw Failure() }
    }

    deinit {
        close(descriptor)
        if path.hasPrefix("/") { unlink(path) }
    }

    /// The lines of the next message; nil if none comes.
    package func receive() -> [String]? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
