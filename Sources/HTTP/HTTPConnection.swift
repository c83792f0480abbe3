// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// One client, from its first byte to its last. Never waits.
struct HTTPConnection {
    private enum Phase {
        case receiving
        case answering
        /// All is said. To close before the client does would, if it still sends, be a reset, which takes the answer from
        /// it; so what it sends is thrown away until then.
        case parting
        case done
    }

    let descriptor: Int32
    let deadline: ContinuousClock.Instant
    private var phase = Phase.receiving
    private var received: [UInt8] = []
    private var answer: ArraySlice<UInt8> = []

    init(descriptor: Int32, deadline: ContinuousClock.Instant) {
        self.descriptor = descriptor
        self.deadline = deadline
    }

    /// Whether it waits to write, and not to read.
    var hasAnswer: Bool { phase == .answering }

    /// Whether the socket is to be closed.
    var isDone: Bool { phase == .done }

    /// Reads or writes what goes without waiting.
    mutating func proceed(_ routes: (String) -> HTTPResponse?) {
        if phase == .receiving { receive(routes) }
        if phase == .answering { send() }
        // Once: a client that sends without end must not hold up the others.
        if phase == .parting { _ = read() }
    }

    /// The time is over.
    mutating func expire() {
        if phase == .receiving {
            respond(.refusal(408))
            send()
        }
        phase = .done
    }

    private mutating func receive(_ routes: (String) -> HTTPResponse?) {
        guard let bytes = read() else { return }
        received += bytes
        switch HTTPRequest.parse(received) {
        case .incomplete: break
        case .refused(let status): respond(.refusal(status))
        case .request(let request): respond(routes(request.path) ?? .refusal(404))
        }
    }

    /// What is there; nil if that is nothing, and then it may be the end.
    private mutating func read() -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { phase = .done }
            return nil
        }
        return buffer[..<count]
    }

    private mutating func respond(_ response: HTTPResponse) {
        let isHead = received.drop { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }.starts(with: "HEAD ".utf8)
        answer = response.bytes(withBody: !isHead)[...]
        phase = .answering
    }

    private mutating func send() {
        while !answer.isEmpty {
            let count = answer.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else {
                if errno != EAGAIN && errno != EINTR { phase = .done }
                return
            }
            answer = answer.dropFirst(count)
        }
        shutdown(descriptor, Int32(SHUT_WR))
        phase = .parting
    }
}
