// SPDX-License-Identifier: Apache-2.0

/// The head of a request, as far as it matters here (RFC 9112).
struct HTTPRequest: Equatable {
    let method: String
    /// The path without its query.
    let path: String

    /// What the bytes received so far amount to.
    enum Parsed: Equatable {
        case incomplete
        case request(HTTPRequest)
        /// Refused, with this status.
        case refused(Int)
    }

    /// Bytes of a head that are accepted; more is refused.
    static let maxHeadBytes = 8 * 1024
    private static let maxTargetBytes = 2 * 1024

    /// Parses the beginning of a connection. Only the request line matters: no request that is served has a body.
    static func parse(_ bytes: [UInt8]) -> Parsed {
        let lineEnd = bytes.firstIndex(of: UInt8(ascii: "\n"))
        guard lineEnd ?? bytes.count <= maxTargetBytes else { return .refused(414) }
        guard let lineEnd, let count = headCount(bytes), count <= maxHeadBytes else {
            return bytes.count > maxHeadBytes ? .refused(431) : .incomplete
        }
        let line = bytes[..<lineEnd].last == UInt8(ascii: "\r") ? bytes[..<(lineEnd - 1)] : bytes[..<lineEnd]
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 3, !parts[0].isEmpty, parts[1].hasPrefix("/"), line.allSatisfy({ $0 > 0x1F && $0 < 0x7F })
        else { return .refused(400) }
        guard parts[2] == "HTTP/1.1" || parts[2] == "HTTP/1.0" else {
            return .refused(parts[2].hasPrefix("HTTP/") ? 505 : 400)
        }
        guard parts[0] == "GET" || parts[0] == "HEAD" else { return .refused(405) }
        let path = parts[1].prefix { $0 != "?" && $0 != "#" }
        return .request(HTTPRequest(method: parts[0], path: String(path)))
    }

    /// Bytes up to the end of the empty line that ends the head; nil if it is not there yet.
    private static func headCount(_ bytes: [UInt8]) -> Int? {
        var isLineEmpty = false
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "\n"):
                if isLineEmpty { return index + 1 }
                isLineEmpty = true
            case UInt8(ascii: "\r"): continue
            default: isLineEmpty = false
            }
        }
        return nil
    }
}

/// An answer with its body.
struct HTTPResponse: Equatable {
    var status = 200
    var contentType = "text/plain; charset=utf-8"
    let body: String

    /// The bytes to send; without the body for HEAD.
    func bytes(withBody: Bool) -> [UInt8] {
        let allow = status == 405 ? "Allow: GET, HEAD\r\n" : ""
        let head = """
            HTTP/1.1 \(status) \(Self.reasons[status] ?? "Unknown")\r
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

    private static let reasons = [
        200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
        414: "URI Too Long", 431: "Request Header Fields Too Large", 503: "Service Unavailable",
        505: "HTTP Version Not Supported",
    ]
}
