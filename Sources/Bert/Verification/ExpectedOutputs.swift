// SPDX-License-Identifier: Apache-2.0
public import Files
internal import FoundationEssentials

/// What `transformers` makes of some texts: a line of JSON each, `{"text": …, "ids": […], "logits": […]}`.
public struct ExpectedOutputs: Sendable {
    struct Case: Decodable, Sendable {
        let text: String
        /// Special tokens included.
        let ids: [Int32]
        /// `[labels]`.
        let logits: [Float]
    }

    /// The cases, and on which line of the file each stands, from 1.
    let cases: [(line: Int, case: Case)]
    let path: String
    /// Tokens of the longest text: where that is shorter than the text itself, the file's maker cut it there.
    let longest: Int

    /// Longest file that is read, in bytes.
    private static let maxBytes = 256 << 20

    /// - Throws: `FileError` with the line that is wrong.
    public init(path: String) throws(FileError) {
        let bytes = try InputFile.textBytes(path, atMost: Self.maxBytes)
        var cases: [(line: Int, case: Case)] = []
        for (index, line) in bytes[...].lines.enumerated() where !line.isEmpty {
            do {
                let found = try JSONDecoder().decode(Case.self, from: Data(line))
                guard !found.ids.isEmpty, found.logits.allSatisfy(\.isFinite) else { throw Empty() }
                cases.append((index + 1, found))
            } catch {
                let reason = "line \(index + 1) is no {\"text\": …, \"ids\": […], \"logits\": […]} of finite numbers"
                throw FileError(.invalid, path: path, reason)
            }
        }
        guard !cases.isEmpty else { throw FileError(.invalid, path: path, "holds no texts") }
        self.cases = cases
        self.path = path
        longest = cases.map(\.case.ids.count).max() ?? 0
    }

    private struct Empty: Error {}
}
