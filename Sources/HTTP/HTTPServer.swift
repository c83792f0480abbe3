// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Synchronization

/// Answers GET and HEAD over HTTP on one thread, which no client can hold up.
///
/// One `poll` loop serves all connections. Each has a few seconds and a few kilobytes, there is a limit to their number,
/// and beyond it the oldest goes: a client that opens many and says nothing shuts out only itself.
package final class HTTPServer: Sendable {
    /// Where it listens, with the port that it got.
    package let address: HostPort
    private let socket: ListeningSocket
    private let routes: @Sendable (String) -> HTTPResponse?
    private let isStopped = Atomic(false)

    private static let maxConnections = 64
    private static let patience = Duration.seconds(5)
    private static let tick: Int32 = 100

    /// Opens the port.
    ///
    /// - Parameter routes: the answer for a path; nil is 404.
    package init(
        _ address: HostPort,
        routes: @escaping @Sendable (String) -> HTTPResponse?
    ) throws(ListeningSocket.Failure) {
        socket = try ListeningSocket(address)
        self.address = HostPort(host: address.host, port: socket.port)
        self.routes = routes
    }

    /// Serves until `stop`; one thread's loop.
    package func serve() {
        var connections: [HTTPConnection] = []
        defer { for connection in connections { close(connection.descriptor) } }
        while !isStopped.load(ordering: .acquiring) {
            var descriptors = [pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)]
            descriptors += connections.map {
                pollfd(fd: $0.descriptor, events: Int16($0.hasAnswer ? POLLOUT : POLLIN), revents: 0)
            }
            poll(&descriptors, nfds_t(descriptors.count), Self.tick)
            let now = ContinuousClock.now
            for index in connections.indices {
                if descriptors[index + 1].revents != 0 { connections[index].proceed(routes) }
                if connections[index].deadline < now { connections[index].expire() }
            }
            for connection in connections where connection.isDone { close(connection.descriptor) }
            connections.removeAll(where: \.isDone)
            if descriptors[0].revents != 0 { accept(into: &connections, at: now) }
        }
    }

    /// Ends `serve` within a tenth of a second.
    package func stop() { isStopped.store(true, ordering: .releasing) }

    private func accept(into connections: inout [HTTPConnection], at now: ContinuousClock.Instant) {
        // Half of them: each is heard once before so many others come that it would have to go.
        for _ in 0..<Self.maxConnections / 2 {
            let descriptor = Glibc.accept(socket.descriptor, nil, nil)
            guard descriptor >= 0 else {
                // Out of descriptors, perhaps: the client stays in the queue, and `poll` would return for it at once.
                if errno != EAGAIN { usleep(UInt32(Self.tick) * 1_000) }
                return
            }
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            if connections.count >= Self.maxConnections { close(connections.removeFirst().descriptor) }
            connections.append(HTTPConnection(descriptor: descriptor, deadline: now + Self.patience))
        }
    }
}
