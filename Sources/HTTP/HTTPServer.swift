// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Synchronization

/// Serves pages and services over HTTP on one thread, which no client can hold up.
///
/// One `poll` loop serves all connections. Each has a few seconds and a few kilobytes, there is a limit to their number,
/// and beyond it the oldest goes: a client that opens many and says nothing shuts out only itself. Requests that a service
/// works on do not count: how many there may be is up to the service. Nor do those that are told what happens, which have a
/// limit of their own.
package final class HTTPServer: Sendable {
    /// Where it listens, with the port that it got.
    package let address: HostPort
    private let socket: ListeningSocket
    private let wake: WakePipe
    private let routes: @Sendable (HTTPRequest) -> HTTPRoute?
    private let isStopped = Atomic(false)

    /// Connections whose requests are not whole, or that are answered.
    package static let maxConnections = 64
    /// Clients that are told what happens, beside those.
    package static let maxStreams = 64
    /// How long answers may take to go out once the server is stopped.
    private static let farewell = Duration.seconds(2)
    private static let tick: Int32 = 100

    /// Opens the port.
    ///
    /// - Parameter routes: what is served to a request, by its path; nil is 404.
    package init(
        _ address: HostPort,
        routes: @escaping @Sendable (HTTPRequest) -> HTTPRoute?
    ) throws(ListeningSocket.Failure) {
        wake = try WakePipe()
        socket = try ListeningSocket(address)
        self.address = HostPort(host: address.host, port: socket.port)
        self.routes = routes
    }

    /// Serves until `stop`, and then until the answers that are there have gone out; one thread's loop.
    package func serve() {
        var connections: [HTTPConnection] = []
        defer {
            for connection in connections {
                connection.abandon()
                close(connection.descriptor)
            }
        }
        var end: ContinuousClock.Instant?
        while true {
            if isStopped.load(ordering: .acquiring) {
                end = end ?? .now + Self.farewell
                connections.removeAll { connection in
                    guard !connection.isWaiting, !connection.isAnswering else { return false }
                    close(connection.descriptor)
                    return true
                }
                guard let end, .now < end, !connections.isEmpty else { return }
            }
            serve(&connections, accepts: end == nil)
        }
    }

    /// Has `serve` end, which takes a tenth of a second where no answer is on its way out.
    package func stop() { isStopped.store(true, ordering: .releasing) }

    /// Waits until something can be done, and does it.
    private func serve(_ connections: inout [HTTPConnection], accepts: Bool) {
        var descriptors = [
            pollfd(fd: socket.descriptor, events: Int16(accepts ? POLLIN : 0), revents: 0),
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        descriptors += connections.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
        poll(&descriptors, nfds_t(descriptors.count), Self.tick)
        if descriptors[1].revents != 0 { wake.clear() }
        let now = ContinuousClock.now
        var streams = connections.count(where: \.isStreaming)
        for index in connections.indices {
            let events = descriptors[index + 2].revents
            connections[index].hasRoomForStream = streams < Self.maxStreams
            let wasStreaming = connections[index].isStreaming
            if events != 0 || connections[index].isWaiting || wasStreaming {
                connections[index].proceed(events, at: now, routes)
            }
            if connections[index].isStreaming, !wasStreaming { streams += 1 }
            if connections[index].deadline < now { connections[index].expire(at: now) }
        }
        for connection in connections where connection.isDone { close(connection.descriptor) }
        connections.removeAll(where: \.isDone)
        if accepts, descriptors[0].revents != 0 { accept(into: &connections, at: now) }
    }

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
            if connections.count(where: { !$0.isWaiting && !$0.isStreaming }) >= Self.maxConnections,
                let oldest = connections.firstIndex(where: { !$0.isWaiting && !$0.isStreaming })
            {
                close(connections.remove(at: oldest).descriptor)
            }
            connections.append(HTTPConnection(descriptor: descriptor, at: now, wake: wake))
        }
    }
}
