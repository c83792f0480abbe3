// SPDX-License-Identifier: Apache-2.0
internal import Files

/// Tokens that a vocabulary is to get, each with words that say what it means: a line each, `TOKEN<tab>WORDS`.
struct NewTokens {
    /// One line.
    struct Entry: Equatable {
        let token: String
        let words: String
        /// From 1.
        let line: Int
    }

    let path: String
    let entries: [Entry]

    /// Reads a file. Lines that are empty or begin with `#` and a space are passed over.
    init(path: String) throws {
        self.path = path
        var entries: [Entry] = []
        var lines: [String: Int] = [:]
        let text = try InputFile.text(path)
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard !line.isEmpty, !line.hasPrefix("# ") else { continue }
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw TrainingError(
                    "\(path), line \(index + 1): expected a token, a tab and words that say what it means"
                )
            }
            if let first = lines.updateValue(index + 1, forKey: parts[0]) {
                throw TrainingError("\(path), line \(index + 1): the token stands in line \(first) already")
            }
            entries.append(Entry(token: parts[0], words: parts[1], line: index + 1))
        }
        guard !entries.isEmpty else { throw TrainingError("\(path) holds no tokens") }
        self.entries = entries
    }
}
