// SPDX-License-Identifier: Apache-2.0

/// A request's first line (RFC 9112, section 3).
struct RequestLine {
    let method: String
    /// As it was sent.
    let target: String
    /// Of HTTP/1.
    let minorVersion: Int

    init(_ line: ArraySlice<UInt8>) throws(HTTPRequest.Refusal) {
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 3, HTTPFields.isToken(parts[0]), !parts[1].isEmpty,
            parts[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
        else { throw .badRequest }
        method = String(decoding: parts[0], as: UTF8.self)
        target = String(decoding: parts[1], as: UTF8.self)
        let version = Array(parts[2])
        guard version.count == 8, version.starts(with: "HTTP/".utf8), version[6] == UInt8(ascii: "."),
            let major = Self.digit(version[5]), let minor = Self.digit(version[7])
        else { throw .badRequest }
        guard major == 1 else { throw HTTPRequest.Refusal(status: 505) }
        minorVersion = minor
    }

    /// The path that the target names, percent-decoded: `/path?query`, or the same with `http://host` before it.
    func path() throws(HTTPRequest.Refusal) -> String {
        var rest = Array(target.utf8)[...]
        if rest.first != UInt8(ascii: "/") {
            let scheme = ["http://", "https://"].first { target.lowercased().hasPrefix($0) }
            guard let scheme else { throw .badRequest }
            rest = rest.dropFirst(scheme.utf8.count)
            let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
            guard HTTPFields.isHost(authority), !authority.isEmpty else { throw .badRequest }
            rest = rest.dropFirst(authority.count)
        }
        let path = try Self.decoded(rest.prefix { $0 != UInt8(ascii: "?") })
        return path.isEmpty ? "/" : path
    }

    /// What stands behind the first `?`.
    var query: String { target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) } ?? "" }

    /// Undoes percent-encoding (RFC 3986, section 2.1).
    static func decoded(_ bytes: ArraySlice<UInt8>) throws(HTTPRequest.Refusal) -> String {
        var rest = bytes
        var decoded: [UInt8] = []
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            // By digits alone: a number of Swift's may have a sign.
            guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { throw .badRequest }
            decoded.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }
}
