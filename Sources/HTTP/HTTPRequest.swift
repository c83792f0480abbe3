// SPDX-License-Identifier: Apache-2.0

/// The head of a request (RFC 9112).
package struct HTTPRequest: Equatable, Sendable {
    package let method: String
    /// The path without its query, percent-decoded.
    package let path: String
    /// What stands behind the `?`, as it was sent.
    let query: String
    /// Of HTTP/1.
    let minorVersion: Int
    let fields: HTTPFields
    /// Where its body ends.
    let framing: Framing
    /// Bytes up to the body.
    let headBytes: Int

    /// What says where a body ends (RFC 9112, section 6.3).
    enum Framing: Equatable {
        /// So many bytes; nil where they are more than a number holds.
        case length(Int?)
        case chunked
    }

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

    /// Parses the beginning of a connection, which ends with its first answer: what stands behind a request is never taken
    /// for another one.
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
            guard ["GET", "HEAD", "POST"].contains(line.method) || line.target.hasPrefix("/") else {
                return .refused(405)
            }
            return .request(
                HTTPRequest(
                    method: line.method,
                    path: try line.path(),
                    query: line.query,
                    minorVersion: line.minorVersion,
                    fields: fields,
                    framing: fields.framing,
                    headBytes: end
                )
            )
        } catch {
            return .refused(error.status)
        }
    }

    /// Why a request is refused.
    struct Refusal: Error, Equatable {
        let status: Int

        static let badRequest = Refusal(status: 400)
        static let bodyTooLarge = Refusal(status: 413)
    }

    /// A field's value; nil where there is none, or several.
    package func field(_ name: String) -> String? {
        let values = fields.values(name.lowercased())
        return values.count == 1 ? String(decoding: values[0], as: UTF8.self) : nil
    }

    /// A parameter of the query, percent-decoded; nil where there is none, or several.
    package func parameter(_ name: String) -> String? {
        let values = query.split(separator: "&").compactMap { pair -> String? in
            guard pair.hasPrefix(name + "=") else { return nil }
            let value = Array(pair.utf8.dropFirst(name.utf8.count + 1))
            return try? RequestLine.decoded(value[...])
        }
        return values.count == 1 ? values[0] : nil
    }

    /// Whether the client waits to be told before it sends the body (RFC 9110, section 10.1.1); 417 where it expects what
    /// there is not.
    func expectsContinue() throws(Refusal) -> Bool {
        let expectations = fields.values("expect")
        guard expectations.allSatisfy({ String(decoding: $0, as: UTF8.self).lowercased() == "100-continue" }) else {
            throw Refusal(status: 417)
        }
        return !expectations.isEmpty && minorVersion > 0
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
