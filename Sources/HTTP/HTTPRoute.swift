// SPDX-License-Identifier: Apache-2.0

/// What is served under a path.
package enum HTTPRoute: Sendable {
    /// An answer to GET and HEAD, at once.
    case page(HTTPResponse)
    /// Answers to POST, which may come later.
    case service(any HTTPService)
    /// An answer to GET that goes on until the client leaves.
    case events(any HTTPEventSource)

    /// The methods that it knows.
    var methods: String {
        switch self {
        case .page: "GET, HEAD"
        case .service: "POST"
        case .events: "GET"
        }
    }
}

/// Answers requests that have a body. The server's thread calls it, and none of its methods waits.
package protocol HTTPService: Sendable {
    /// Bytes of a body that are accepted; more is refused with 413.
    var maxBodyBytes: Int { get }
    /// How long the answer may take from when a request is whole; it is 503 then.
    var timeout: Duration { get }

    /// What refuses a request by its head, before its body is read; nil to read it.
    func refusal(of request: HTTPRequest) -> HTTPResponse?

    /// The answer where the server refuses a request or its body: 400, 408, 413, 417, 431 or 503.
    func refusal(status: Int) -> HTTPResponse

    /// Takes a request that is whole. What comes of it is told to `exchange`.
    func take(_ body: [UInt8], _ exchange: HTTPExchange)
}
