// SPDX-License-Identifier: Apache-2.0

/// The head of a request (RFC 9112), and of it what matters here.
struct HTTPRequest: Equatable {
    let method: String
    /// The path without its query, percent-decoded.
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

    /// Parses the beginning of a connection. No request that is served needs a body, and a connection ends with its first
    /// answer: what stands behind a head is never taken for another request.
    static func parse(_ bytes: [UInt8]) -> Parsed {
        // Empty lines before the request line are passed over (section 2.2).
        let start = bytes.firstIndex { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") } ?? bytes.count
        let rest = bytes[start...]
        let lineEnd = rest.firstIndex(of: UInt8(ascii: "\n"))
        let lineLimit = start + maxTargetBytes
        guard lineEnd ?? bytes.count <= lineLimit || lineLimit >= maxHeadBytes else { return .refused(414) }
        guard let lineEnd, let end = headEnd(rest), end <= maxHeadBytes else {
            return bytes.count > maxHeadBytes ? .refused(431) : .incomplete
        }
        do throws(Refusal) {
            let line = try RequestLine(HTTPFields.line(rest[..<lineEnd]))
            let fields = try HTTPFields(rest[(lineEnd + 1)..<end])
            try fields.check(minorVersion: line.minorVersion)
            guard line.method == "GET" || line.method == "HEAD" else { return .refused(405) }
            return .request(HTTPRequest(method: line.method, path: try line.path()))
        } catch {
            return .refused(error.status)
        }
    }

    /// Why a head is refused.
    struct Refusal: Error {
        let status: Int

        static let badRequest = Refusal(status: 400)
    }

    /// Behind the empty line that ends the head; nil if it is not there yet.
    private static func headEnd(_ bytes: ArraySlice<UInt8>) -> Int? {
        var isLineEmpty = false
        for (index, byte) in zip(bytes.indices, bytes) {
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
