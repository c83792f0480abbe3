// SPDX-License-Identifier: Apache-2.0
import Kafka
import Settings

/// The media type in a record's headers, as CloudEvents and others set it.
struct ContentType: Equatable {
    /// In lower case and without parameters: `text/plain`; empty if there is none.
    let name: String
    /// The parameter `charset` in lower case; nil if there is none.
    let charset: String?

    init(of record: Record) {
        let header = record.headers.last { $0.name.lowercased() == "content-type" }
        let parts = String(decoding: header?.value ?? [], as: UTF8.self).lowercased().split(
            separator: ";",
            omittingEmptySubsequences: false
        )
        name = parts[0].trimmed
        let charsets = parts.dropFirst().compactMap { part -> String? in
            let pair = part.split(separator: "=", maxSplits: 1).map(\.trimmed)
            guard pair.count == 2, pair[0] == "charset" else { return nil }
            return pair[1].filter { $0 != "\"" }
        }
        charset = charsets.first
    }

    /// Whether a text of this type may be read as UTF-8.
    ///
    /// Where another charset is named, the characters of ASCII may: they are the same bytes in all that are in use, but for
    /// UTF-16 and UTF-32, which have zeros between them.
    func isUTF8(_ text: [UInt8]) -> Bool {
        guard let charset, !["utf-8", "utf8", "us-ascii"].contains(charset) else { return true }
        return text.allSatisfy { $0 > 0 && $0 < 0x80 }
    }
}
