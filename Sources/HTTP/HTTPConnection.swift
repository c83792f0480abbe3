// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// One client, from its first byte to its last. Never waits.
struct HTTPConnection {
    private enum Phase {
        case receiving
        case receivingBody(HTTPBody, any HTTPService)
        /// Its request is whole, and somebody works on the answer.
        case waiting(HTTPExchange, any HTTPService)
        case answering
        /// It is told what happens, and had the event of this number last.
        case streaming(any HTTPEventSource, last: Int?)
        /// All is said. To close before the client does would, if it still sends, be a reset, which takes the answer from
        /// it; so what it sends is thrown away until then.
        case parting
        case done
    }

    let descriptor: Int32
    private(set) var deadline: ContinuousClock.Instant
    private let wake: WakePipe
    /// Whether one more may be told what happens.
    var hasRoomForStream = true
    private var phase = Phase.receiving
    private var head: [UInt8] = []
    private var answer: ArraySlice<UInt8> = []

    /// How long a request may take to come in, and how long a later answer, or an event, to go out.
    private static let patience = Duration.seconds(5)

    /// - Parameter wake: what is told when a later answer is there.
    init(descriptor: Int32, at now: ContinuousClock.Instant, wake: WakePipe) {
        self.descriptor = descriptor
        self.wake = wake
        deadline = now + Self.patience
    }

    /// What it waits for, as `poll` has it.
    var events: Int16 {
        switch phase {
        case .receiving, .receivingBody, .parting: Int16(POLLIN)
        case .answering: Int16(POLLOUT)
        // What such a client says is of no interest, but that it leaves is.
        case .streaming: Int16(answer.isEmpty ? POLLIN : POLLIN | POLLOUT)
        case .waiting, .done: 0
        }
    }

    /// Whether a request of it is being worked on.
    var isWaiting: Bool { if case .waiting = phase { true } else { false } }

    /// Whether it is told what happens.
    var isStreaming: Bool { if case .streaming = phase { true } else { false } }

    /// Whether an answer is on its way out.
    var isAnswering: Bool { if case .answering = phase { true } else { false } }

    /// Whether the socket is to be closed.
    var isDone: Bool { if case .done = phase { true } else { false } }

    /// Reads or writes what goes without waiting.
    /// - Parameter events: what `poll` has found.
    mutating func proceed(_ events: Int16, at now: ContinuousClock.Instant, _ routes: (HTTPRequest) -> HTTPRoute?) {
        switch phase {
        case .receiving where events != 0: receive(routes, at: now)
        case .receivingBody(let body, let service) where events != 0:
            if let bytes = read() { receive(bytes, of: body, for: service, at: now) }
        // The connection is broken. A client that only says that it sends no more still wants its answer.
        case .waiting(let exchange, _) where Int32(events) & (POLLHUP | POLLERR) != 0:
            exchange.end()
            phase = .done
        default: break
        }
        if case .waiting(let exchange, _) = phase, let response = exchange.response { respond(response, at: now) }
        if case .answering = phase { send() }
        if case .streaming = phase { stream(events, at: now) }
        // Once: a client that sends without end must not hold up the others.
        if case .parting = phase, events != 0 { _ = read() }
    }

    /// The time is over.
    mutating func expire(at now: ContinuousClock.Instant) {
        switch phase {
        case .receiving: respond(.refusal(408))
        case .receivingBody(_, let service): respond(service.refusal(status: 408))
        case .waiting(let exchange, let service):
            exchange.end()
            respond(service.refusal(status: 503), at: now)
            return send()
        case .answering, .streaming, .parting, .done: break
        }
        if case .answering = phase { send() }
        phase = .done
    }

    /// The server ends: what is not answered by now will not be.
    func abandon() {
        if case .waiting(let exchange, _) = phase { exchange.end() }
    }

    // MARK: The request

    private mutating func receive(_ routes: (HTTPRequest) -> HTTPRoute?, at now: ContinuousClock.Instant) {
        guard let bytes = read() else { return }
        head += bytes
        switch HTTPRequest.parse(head) {
        case .incomplete: break
        case .refused(405): respond(.notAllowed("GET, HEAD"))
        case .refused(let status): respond(.refusal(status))
        case .request(let request):
            switch routes(request) {
            case .page(let response)? where ["GET", "HEAD"].contains(request.method): respond(response)
            case .service(let service)? where request.method == "POST": begin(request, for: service, at: now)
            case .events(let source)? where request.method == "GET": begin(request, of: source, at: now)
            case let route?: respond(.notAllowed(route.methods))
            case nil: respond(.refusal(404))
            }
        }
    }

    private mutating func begin(_ request: HTTPRequest, of source: any HTTPEventSource, at now: ContinuousClock.Instant)
    {
        if let refusal = source.refusal(of: request) { return respond(refusal) }
        guard hasRoomForStream else { return respond(.refusal(503, ["Retry-After": "5"])) }
        answer = HTTPResponse.streamHead()[...]
        deadline = now + Self.patience
        phase = .streaming(source, last: nil)
    }

    /// Goes on to a request's body.
    private mutating func begin(
        _ request: HTTPRequest,
        for service: any HTTPService,
        at now: ContinuousClock.Instant
    ) {
        if let refusal = service.refusal(of: request) { return respond(refusal) }
        do throws(HTTPRequest.Refusal) {
            let isAsked = try request.expectsContinue()
            let body = try HTTPBody(request.framing, maxBytes: service.maxBodyBytes)
            let rest = head[request.headBytes...]
            if isAsked, rest.isEmpty, !body.isWhole { sendContinue() }
            receive(rest, of: body, for: service, at: now)
        } catch {
            respond(service.refusal(status: error.status))
        }
    }

    private mutating func receive(
        _ bytes: ArraySlice<UInt8>,
        of body: HTTPBody,
        for service: any HTTPService,
        at now: ContinuousClock.Instant
    ) {
        guard !isDone else { return }
        var body = body
        do throws(HTTPRequest.Refusal) {
            try body.take(bytes)
        } catch {
            return respond(service.refusal(status: error.status))
        }
        guard body.isWhole else {
            phase = .receivingBody(body, service)
            return
        }
        let exchange = HTTPExchange { [wake] in wake.wake() }
        phase = .waiting(exchange, service)
        deadline = now + service.timeout
        service.take(body.bytes, exchange)
    }

    /// What is there; nil if that is nothing, and then it may be the end.
    private mutating func read() -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { phase = .done }
            return nil
        }
        return buffer[..<count]
    }

    // MARK: Events

    /// Sends what is left of the last event, or the next one. The time is over for a client that takes nothing of one.
    private mutating func stream(_ events: Int16, at now: ContinuousClock.Instant) {
        if Int32(events) & (POLLIN | POLLHUP | POLLERR) != 0 { _ = read() }
        guard case .streaming(let source, let last) = phase else { return }
        if answer.isEmpty, let event = source.event(after: last) {
            answer = event.bytes[...]
            deadline = now + Self.patience
            phase = .streaming(source, last: event.number)
        }
        let left = answer.count
        push()
        if answer.isEmpty || answer.count < left { deadline = now + Self.patience }
    }

    // MARK: The answer

    /// A later answer has a time of its own to go out.
    private mutating func respond(_ response: HTTPResponse, at now: ContinuousClock.Instant) {
        deadline = now + Self.patience
        respond(response)
    }

    private mutating func respond(_ response: HTTPResponse) {
        let isHead = head.drop { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }.starts(with: "HEAD ".utf8)
        answer = response.bytes(withBody: !isHead)[...]
        phase = .answering
    }

    /// Tells a client to send the body that it holds back (RFC 9110, section 10.1.1). So early, there is room for it.
    private mutating func sendContinue() {
        let bytes = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        if Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) != bytes.count { phase = .done }
    }

    private mutating func send() {
        push()
        guard answer.isEmpty, case .answering = phase else { return }
        shutdown(descriptor, Int32(SHUT_WR))
        phase = .parting
    }

    /// Writes as much as goes without waiting.
    private mutating func push() {
        while !answer.isEmpty {
            let count = answer.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else {
                if errno != EAGAIN && errno != EINTR { phase = .done }
                return
            }
            answer = answer.dropFirst(count)
        }
    }
}
