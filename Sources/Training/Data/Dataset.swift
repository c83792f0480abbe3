// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials

/// Texts, with labels where there are any.
public struct Dataset: Sendable {
    /// One text and what it is known to be.
    public struct Example: Sendable, Equatable {
        /// The text.
        public let text: String
        /// The label's name; nil in a file without labels.
        public let label: String?
    }

    /// The examples in the order of the file.
    public let examples: [Example]

    /// Reads a file: CSV with a header that names `text`, and `label` if there are labels, where the path ends in
    /// `.csv`; else one text a line.
    public init(path: String) throws(DatasetError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw DatasetError(path: path, line: nil, reason: "cannot be read")
        }
        if path.lowercased().hasSuffix(".csv") {
            examples = try Self.csv(Array(data), path)
        } else {
            examples = try Self.lines(Array(data), path)
        }
        guard !examples.isEmpty else { throw DatasetError(path: path, line: nil, reason: "holds no texts") }
    }

    private static func csv(_ bytes: [UInt8], _ path: String) throws(DatasetError) -> [Example] {
        let rows: [CSV.Row]
        do throws(CSV.Failure) {
            rows = try CSV.parse(bytes)
        } catch {
            throw DatasetError(path: path, line: error.line, reason: error.reason)
        }
        guard let header = rows.first?.fields, let text = header.firstIndex(of: "text") else {
            throw DatasetError(path: path, line: 1, reason: "the header names no column 'text'")
        }
        let label = header.firstIndex(of: "label")
        var examples: [Example] = []
        for row in rows.dropFirst() {
            guard row.fields.count == header.count else {
                let reason = "has \(row.fields.count) fields, and the header \(header.count)"
                throw DatasetError(path: path, line: row.line, reason: reason)
            }
            examples.append(Example(text: row.fields[text], label: label.map { row.fields[$0] }))
        }
        return examples
    }

    private static func lines(_ bytes: [UInt8], _ path: String) throws(DatasetError) -> [Example] {
        var examples: [Example] = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            guard let text = String(validating: line, as: UTF8.self) else {
                throw DatasetError(path: path, line: index + 1, reason: "is not UTF-8")
            }
            examples.append(Example(text: text, label: nil))
        }
        return examples
    }
}

/// Why a file of texts cannot be used.
public struct DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Path of the file.
    public let path: String
    /// The line, from 1, if it is about one.
    public let line: Int?
    /// What is wrong there.
    public let reason: String

    /// The path, the line and the reason.
    public var description: String { path + (line.map { ", line \($0)" } ?? "") + ": " + reason }
}
