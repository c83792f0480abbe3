// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The socket on which a service manager listens to its services: sd_notify(3), without its library.
public final class NotifySocket: Sendable {
    private let descriptor: Int32
    /// As the kernel takes it; the path begins behind the family.
    private let address: sockaddr_un
    private let addressLength: socklen_t

    /// A path that nothing can be sent to, and why.
    public struct Failure: Error {
        /// In words.
        public let reason: String
    }

    /// Opens a datagram socket; nobody has to listen yet.
    ///
    /// - Parameter path: what `NOTIFY_SOCKET` says: an absolute path, or `@` and the name of an abstract socket.
    public init(_ path: String) throws(Failure) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        guard let first = name.first, name.count > 1, [UInt8(ascii: "/"), UInt8(ascii: "@")].contains(first) else {
            throw Failure(reason: "it is neither an absolute path nor begins with @")
        }
        // An abstract name has no file: it begins with a zero, and ends with the address.
        if first == UInt8(ascii: "@") { name[0] = 0 }
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw Failure(reason: "it is longer than the path of a socket may be")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        self.address = address
        addressLength = socklen_t(MemoryLayout.size(ofValue: address.sun_family) + name.count)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(reason: String(cString: strerror(errno))) }
    }

    deinit { close(descriptor) }

    /// Sends assignments such as `READY=1`, as one message. It never waits: a manager that does not listen misses it.
    /// - Returns: whether it was taken.
    @discardableResult
    func send(_ assignments: [String]) -> Bool {
        let message = Array(assignments.joined(separator: "\n").utf8)
        return withUnsafePointer(to: address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
                return sendto(descriptor, message, message.count, flags, address, addressLength) == message.count
            }
        }
    }
}
