// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files
internal import FoundationEssentials
internal import JSON

/// Texts, with labels where there are any.
public struct Dataset: Sendable {
    /// One text and what it is known to be.
    public struct Example: Sendable, Equatable {
        /// The text.
        public let text: String
        /// The label's name; nil in a file without labels.
        public let label: String?
        /// The line of the file that it begins on, from 1.
        public let line: Int
    }

    /// The examples in the order of the file.
    public let examples: [Example]

    /// Reads a file. What it holds goes by its name: `.csv` is CSV with a header that names `text`, and `label` if there
    /// are labels; `.jsonl` a JSON object a line with these as fields; anything else a text a line. A name without an
    /// extension, such as a pipe's, says nothing: then its first line does. All of it is UTF-8.
    public init(path: String) throws(DatasetError) {
        let bytes = try Self.bytes(path)
        let name = Self.format(of: path)
        examples =
            switch name.isEmpty ? Self.format(of: bytes) : name {
            case "csv": try Self.csv(bytes, path)
            case "jsonl", "ndjson": try Self.jsonLines(bytes, path)
            default: try Self.lines(bytes, path).map { Example(text: $0.text, label: nil, line: $0.number) }
            }
        guard !examples.isEmpty else { throw DatasetError(path: path, line: nil, reason: "holds no texts") }
    }

    private static func bytes(_ path: String) throws(DatasetError) -> [UInt8] {
        do throws(FileError) {
            return try InputFile.textBytes(path)
        } catch {
            throw DatasetError(path: path, line: nil, reason: error.reason, isMissing: error.kind == .missing)
        }
    }

    /// The lines of a file that have more than blanks in them, with their numbers.
    static func textLines(_ path: String) throws(DatasetError) -> [(number: Int, text: String)] {
        try lines(bytes(path), path).filter { !isBlank($0.text) }
    }

    private static func isBlank(_ line: String) -> Bool { line.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }

    /// A file's extension in small letters.
    static func format(of path: String) -> String { URL(filePath: path).pathExtension.lowercased() }

    /// The extension that a file with this first line should have.
    private static func format(of bytes: [UInt8]) -> String {
        let isEnd: (UInt8) -> Bool = { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let line = Array(bytes.drop(while: isEnd).prefix { !isEnd($0) })
        if (try? LabelledObject(line)) != nil { return "jsonl" }
        return (try? CSV.parse(line))?.first?.fields.contains("text") == true ? "csv" : ""
    }

    private static func csv(_ bytes: [UInt8], _ path: String) throws(DatasetError) -> [Example] {
        let rows: [CSV.Row]
        do throws(CSV.Failure) {
            rows = try CSV.parse(bytes)
        } catch {
            throw DatasetError(path: path, line: error.line, reason: error.reason)
        }
        let header = rows.first?.fields ?? []
        let column = { (name: String) throws(DatasetError) in
            try Self.column(name, of: header, path, line: rows.first?.line ?? 1)
        }
        guard let text = try column("text") else {
            throw DatasetError(path: path, line: rows.first?.line ?? 1, reason: "the header names no column 'text'")
        }
        let label = try column("label")
        var examples: [Example] = []
        for row in rows.dropFirst() {
            guard row.fields.count == header.count else {
                let reason = "has \(row.fields.count) fields, and the header \(header.count)"
                throw DatasetError(path: path, line: row.line, reason: reason)
            }
            examples.append(
                Example(text: row.fields[text], label: label.map { row.fields[$0] }, line: row.line)
            )
        }
        return examples
    }

    /// Where a column is, whose name the header may have in capitals and between spaces; nil if there is none.
    private static func column(
        _ name: String,
        of header: [String],
        _ path: String,
        line: Int
    ) throws(DatasetError) -> Int? {
        let plain = header.map { field in
            let field = field.utf8.drop { $0 == 0x20 || $0 == 0x09 }
            let end = field.lastIndex { $0 != 0x20 && $0 != 0x09 }.map(field.index(after:)) ?? field.startIndex
            return String(decoding: field[..<end], as: UTF8.self).lowercased()
        }
        for names in [header, plain] {
            let places = names.indices.filter { names[$0] == name }
            guard places.count < 2 else {
                throw DatasetError(path: path, line: line, reason: "the header names the column '\(name)' twice")
            }
            if let place = places.first { return place }
        }
        return nil
    }

    private static func jsonLines(_ bytes: [UInt8], _ path: String) throws(DatasetError) -> [Example] {
        var examples: [Example] = []
        for (number, line) in try lines(bytes, path) where !isBlank(line) {
            guard let object = try? LabelledObject(Array(line.utf8)) else {
                let reason = "is no JSON object with a string 'text', and a string or whole number 'label' if any"
                throw DatasetError(path: path, line: number, reason: reason)
            }
            examples.append(Example(text: object.text, label: object.label, line: number))
        }
        return examples
    }

    /// The lines that are not empty, with their numbers; a byte order mark before the first is passed over.
    private static func lines(_ bytes: [UInt8], _ path: String) throws(DatasetError) -> [(number: Int, text: String)] {
        var lines: [(Int, String)] = []
        let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        for (index, line) in bytes[mark...].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if line.isEmpty { continue }
            guard let text = String(validating: line, as: UTF8.self) else {
                throw DatasetError(path: path, line: index + 1, reason: "is not UTF-8")
            }
            lines.append((index + 1, text))
        }
        return lines
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
    /// Whether there is nothing to read, rather than something wrong in it.
    public let isMissing: Bool

    init(path: String, line: Int?, reason: String, isMissing: Bool = false) {
        self.path = path
        self.line = line
        self.reason = reason
        self.isMissing = isMissing
    }

    /// The path, the line and the reason.
    public var description: String { path + (line.map { ", line \($0)" } ?? "") + ": " + reason }
}
