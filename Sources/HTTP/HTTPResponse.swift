// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// An answer with its body.
package struct HTTPResponse: Equatable, Sendable {
    package let status: Int
    let contentType: String
    /// Fields beside those that each answer has.
    package let fields: [String: String]
    package let body: String

    package init(
        status: Int = 200,
        contentType: String = "text/plain; charset=utf-8",
        fields: [String: String] = [:],
        body: String
    ) {
        self.status = status
        self.contentType = contentType
        self.fields = fields
        self.body = body
    }

    /// The bytes to send; without the body for HEAD.
    /// - Parameter time: now, in seconds since 1970.
    func bytes(withBody: Bool, at time: Int = time(nil)) -> [UInt8] {
        let others = fields.sorted { $0.key < $1.key }.map { "\($0): \($1)\r\n" }.joined()
        let head = """
            HTTP/1.1 \(status) \(Self.reasons[status] ?? "Unknown")\r
            Date: \(Self.date(time))\r
            Content-Type: \(contentType)\r
            Content-Length: \(body.utf8.count)\r
            X-Content-Type-Options: nosniff\r
            Cache-Control: no-store\r
            \(others)Connection: close\r
            \r

            """
        return Array((head + (withBody ? body : "")).utf8)
    }

    /// What comes before server-sent events, which end with the connection.
    static func streamHead(at time: Int = time(nil)) -> [UInt8] {
        let head = """
            HTTP/1.1 200 OK\r
            Date: \(date(time))\r
            Content-Type: text/event-stream\r
            X-Content-Type-Options: nosniff\r
            Cache-Control: no-store\r
            Connection: close\r
            \r

            """
        return Array(head.utf8)
    }

    /// The answer that says no more than its status.
    static func refusal(_ status: Int, _ fields: [String: String] = [:]) -> HTTPResponse {
        HTTPResponse(status: status, fields: fields, body: "\(status) \(reasons[status] ?? "Unknown")\n")
    }

    /// The path knows these methods, and not the one that it was asked with.
    static func notAllowed(_ methods: String) -> HTTPResponse { refusal(405, ["Allow": methods]) }

    /// A time as HTTP writes it (RFC 9110, section 5.6.7).
    private static func date(_ time: Int) -> String {
        var (time, parts) = (time, tm())
        gmtime_r(&time, &parts)
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + "\(number)" }
        let day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][Int(parts.tm_wday)]
        let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][
            Int(parts.tm_mon)
        ]
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(two).joined(separator: ":")
        return "\(day), \(two(parts.tm_mday)) \(month) \(parts.tm_year + 1900) \(clock) GMT"
    }

    private static let reasons = [
        200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 413: "Content Too Large",
        414: "URI Too Long", 415: "Unsupported Media Type",
        417: "Expectation Failed", 422: "Unprocessable Content", 424: "Failed Dependency", 429: "Too Many Requests",
        431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented",
        503: "Service Unavailable", 505: "HTTP Version Not Supported",
    ]
}
