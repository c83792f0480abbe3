// SPDX-License-Identifier: Apache-2.0
import HTTP

/// The token that requests must bring along.
struct BearerToken: Sendable {
    private let bytes: [UInt8]

    init(_ token: String) { bytes = Array(token.utf8) }

    /// Whether this is the token. It takes as long for one that is wrong at its first byte as for one that is at its last,
    /// so that the time tells nothing but the length of what was sent.
    func matches(_ sent: String) -> Bool {
        let sent = Array(sent.utf8)
        var difference = sent.count == bytes.count ? 0 : 1 as UInt8
        for (index, byte) in sent.enumerated() { difference |= byte ^ bytes[index % bytes.count] }
        return difference == 0
    }

    /// What stands behind `Authorization: Bearer` (RFC 6750, section 2.1); nil where nothing does.
    static func sent(with request: HTTPRequest) -> String? {
        guard let parts = request.field("Authorization")?.split(separator: " ", maxSplits: 1), parts.count == 2,
            parts[0].lowercased() == "bearer"
        else { return nil }
        return String(parts[1].drop { $0 == " " })
    }
}
