// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import HTTP
internal import JSON
internal import Settings

// Kinds of settings that the table has beside those of `Settings`.

extension SettingKind where Value == [JSONPointer] {
    static var pointers: Self {
        Self(range: "JSON pointers (RFC 6901), separated by commas; * stands for each element of an array") { text in
            let parts = text.partsAtCommas
            let pointers = parts.compactMap { JSONPointer($0) }
            return pointers.count == parts.count ? pointers : nil
        }
    }
}

extension SettingKind where Value == RecordFilter {
    static var filter: Self {
        Self(
            range:
                "conditions, separated by commas: POINTER=VALUE, POINTER!=VALUE, POINTER, !POINTER, header:NAME=VALUE"
        ) {
            RecordFilter($0)
        }
    }
}

extension SettingKind where Value == ExitRule {
    static var exitRule: Self {
        Self(range: "auto, off, always, or a number above 0 to 1") { text in
            switch text {
            case "auto": .auto
            case "off": .off
            case "always": .always
            default: Float(text).flatMap { $0 > 0 && $0 <= 1 ? .confidence($0) : nil }
            }
        }
    }
}

extension SettingKind where Value == HostPort {
    static var hostPort: Self { Self(range: "host:port; port 0 takes a free one") { HostPort($0) } }
}

extension SettingKind where Value == String {
    /// What may stand behind `Bearer` (RFC 6750, section 2.1), or nothing.
    static var bearerToken: Self {
        Self(range: "letters, digits and - . _ ~ + / with = at the end, as tokens of HTTP are (RFC 6750)") { text in
            let token = text.utf8.drop { isLetterOrDigit($0) || "-._~+/".utf8.contains($0) }
            let isPadded = token.allSatisfy { $0 == UInt8(ascii: "=") } && token.count < text.utf8.count
            return text.isEmpty || isPadded ? text : nil
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}
