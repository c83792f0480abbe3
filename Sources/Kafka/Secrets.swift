// SPDX-License-Identifier: Apache-2.0

/// The values of settings that must not be seen. librdkafka quotes settings in some errors and log lines: whole, from the
/// place on that it does not understand, or cut off where its buffer ends. So any eight bytes of a secret count as one.
struct Secrets: Sendable {
    private static let width = 8

    /// All stretches of that many bytes of the secrets, and shorter secrets whole, by their length.
    private var parts: [Int: Set<ArraySlice<UInt8>>] = [:]

    init(in settings: [String: String]) {
        for (name, value) in settings where !value.isEmpty && Librdkafka.isSecret(name) {
            let bytes = Array(value.utf8)
            let width = min(bytes.count, Self.width)
            for start in 0...bytes.count - width { parts[width, default: []].insert(bytes[start..<start + width]) }
        }
    }

    /// The text with stars in place of what it holds of the secrets.
    func hidden(in text: String) -> String {
        guard !parts.isEmpty else { return text }
        let bytes = Array(text.utf8)
        var isHidden = [Bool](repeating: false, count: bytes.count)
        for (width, parts) in parts where width <= bytes.count {
            for start in 0...bytes.count - width where parts.contains(bytes[start..<start + width]) {
                for index in start..<start + width { isHidden[index] = true }
            }
        }
        var shown: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if !isHidden[index] {
                shown.append(byte)
            } else if index == 0 || !isHidden[index - 1] {
                shown += Array("***".utf8)
            }
        }
        return String(decoding: shown, as: UTF8.self)
    }
}
