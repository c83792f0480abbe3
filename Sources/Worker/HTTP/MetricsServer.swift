// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Synchronization

/// Answers GET and HEAD over HTTP on one thread, which no client can hold up.
///
/// One `poll` loop serves all connections. Each has a few seconds and a few kilobytes, there is a limit to their number,
/// and beyond it the oldest goes: whoever opens many and says nothing shuts out only themselves.
final class MetricsServer: Sendable {
    /// Where it listens, with the port that it got.
    let address: HostPort
    private let socket: ListeningSocket
    private let routes: @Sendable (String) -> HTTPResponse?
    private let isStopped = Atomic(false)

    private static let maxConnections = 64
    private static let patience = Duration.seconds(5)
    private static let tick: Int32 = 100

    /// Opens the port.
    ///
    /// - Parameter routes: the answer for a path; nil is 404.
    init(_ address: HostPort, routes: @escaping @Sendable (String) -> HTTPResponse?) throws(WorkerError) {
        do throws(ListeningSocket.Failure) {
            socket = try ListeningSocket(address)
        } catch {
            throw .http("http.address: cannot listen on \(address): \(error.reason)")
        }
        self.address = HostPort(host: address.host, port: socket.port)
        self.routes = routes
    }

    /// Serves until `stop`; one thread's loop.
    func serve() {
        var connections: [Connection] = []
        defer { for connection in connections { close(connection.descriptor) } }
        while !isStopped.load(ordering: .acquiring) {
            var descriptors = [pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)]
            descriptors += connections.map {
                pollfd(fd: $0.descriptor, events: Int16($0.isAnswering ? POLLOUT : POLLIN), revents: 0)
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
    func stop() { isStopped.store(true, ordering: .releasing) }

    private func accept(into connections: inout [Connection], at now: ContinuousClock.Instant) {
        while true {
            let descriptor = Glibc.accept(socket.descriptor, nil, nil)
            guard descriptor >= 0 else { return }
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            if connections.count >= Self.maxConnections { close(connections.removeFirst().descriptor) }
            connections.append(Connection(descriptor: descriptor, deadline: now + Self.patience))
        }
    }
}

/// One client, from its first byte to the last of the answer.
private struct Connection {
    let descriptor: Int32
    let deadline: ContinuousClock.Instant
    private var received: [UInt8] = []
    private var answer: ArraySlice<UInt8> = []
    private(set) var isAnswering = false
    private(set) var isDone = false

    init(descriptor: Int32, deadline: ContinuousClock.Instant) {
        self.descriptor = descriptor
        self.deadline = deadline
    }

    /// Reads or writes what goes without waiting.
    mutating func proceed(_ routes: (String) -> HTTPResponse?) {
        if !isAnswering { receive(routes) }
        if isAnswering { send() }
    }

    /// The time is over.
    mutating func expire() {
        if !isAnswering {
            respond(.refusal(408), withBody: true)
            send()
        }
        isDone = true
    }

    private mutating func receive(_ routes: (String) -> HTTPResponse?) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else {
            isDone = count == 0 || (errno != EAGAIN && errno != EINTR)
            return
        }
        received += buffer[..<count]
        switch HTTPRequest.parse(received) {
        case .incomplete: break
        case .refused(let status): respond(.refusal(status), withBody: true)
        case .request(let request):
            respond(routes(request.path) ?? .refusal(404), withBody: request.method == "GET")
        }
    }

    private mutating func respond(_ response: HTTPResponse, withBody: Bool) {
        answer = response.bytes(withBody: withBody)[...]
        isAnswering = true
    }

    private mutating func send() {
        while !answer.isEmpty {
            let count = answer.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else {
                isDone = errno != EAGAIN && errno != EINTR
                return
            }
            answer = answer.dropFirst(count)
        }
        // What the client still sends would turn the close into a reset, and the answer might be lost with it.
        shutdown(descriptor, Int32(SHUT_WR))
        isDone = true
    }
}
