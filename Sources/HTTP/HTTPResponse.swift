// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// An answer with its body.
package struct HTTPResponse: Equatable {
    let status: Int
    let contentType: String
    let body: String

    package init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: String) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// The bytes to send; without the body for HEAD.
    /// - Parameter time: now, in seconds since 1970.
    func bytes(withBody: Bool, at time: Int = time(nil)) -> [UInt8] {
        let allow = status == 405 ? "Allow: GET, HEAD\r\n" : ""
        let head = """
            HTTP/1.1 \(status) \(Self.reasons[status] ?? "Unknown")\r
            Date: \(Self.date(time))\r
            Content-Type: \(contentType)\r
            Content-Length: \(body.utf8.count)\r
            X-Content-Type-Options: nosniff\r
            Cache-Control: no-store\r
            \(allow)Connection: close\r
            \r

            """
        return Array((head + (withBody ? body : "")).utf8)
    }

    /// The answer that says no more than its status.
    static func refusal(_ status: Int) -> HTTPResponse {
        HTTPResponse(status: status, body: "\(status) \(reasons[status] ?? "Unknown")\n")
    }

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
        200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
        414: "URI Too Long", 431: "Request Header Fields Too Large", 501: "Not Implemented", 503: "Service Unavailable",
        505: "HTTP Version Not Supported",
    ]
}
