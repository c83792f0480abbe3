// SPDX-License-Identifier: Apache-2.0

/// Comma-separated values as RFC 4180 has them: quoted fields may hold commas, line breaks and doubled quotes.
///
/// Fields are those of Python's `csv`, lines end as there (CR LF, LF or CR), and a quote amid an unquoted field is a
/// character. Two things that it guesses at are errors here: text behind a closing quote, and a quote that is never closed.
package struct CSV {
    /// A record, and the line that it begins on.
    package struct Row: Equatable {
        package let line: Int
        package let fields: [String]
    }

    /// What is wrong, and in which line.
    package struct Failure: Error, Equatable {
        package let line: Int
        package let reason: String

        package init(line: Int, reason: String) {
            self.line = line
            self.reason = reason
        }
    }

    /// Parses a file's bytes. A byte order mark at the beginning is passed over, and so are lines of nothing but white space,
    /// as by pandas.
    package static func parse(_ bytes: [UInt8]) throws(Failure) -> [Row] {
        var parser = Parser(bytes: bytes)
        var rows: [Row] = []
        while let row = try parser.nextRow() { rows.append(row) }
        return rows
    }

    /// Reads records out of bytes that come by and by, cut anywhere behind a line's end.
    ///
    /// Where quotes are broken, nobody knows which line the record was to end on. It is taken to be that one line, so that
    /// the lines behind it are not lost with it. A quote that is still open after the longest record that there may be is
    /// broken too: the rest of a large file is not to be held for the end of one.
    package struct Stream {
        /// What stands in the place of a record.
        package struct Entry {
            /// The line that it begins on.
            package let line: Int
            /// As it came, without the end of its last line.
            package let bytes: [UInt8]
            /// What it holds, or what is wrong.
            package let fields: Result<[String], Failure>
        }

        private var parser: Parser
        private var isEnded = false

        /// - Parameter maxBytes: of a record with quotes; others are of one line, which whoever reads it bounds.
        package init(maxBytes: Int) { parser = Parser(bytes: [], maxBytes: maxBytes) }

        /// Takes more bytes.
        /// - Parameter isLast: whether nothing comes after them.
        package mutating func append(_ bytes: [UInt8], isLast: Bool) {
            parser.bytes.removeFirst(parser.position)
            parser.position = 0
            parser.bytes += bytes
            isEnded = isLast
        }

        /// The next record, or what stands in its place; nil where it is not there as a whole.
        package mutating func next() -> Entry? {
            parser.skipBlankLines()
            let (start, line) = (parser.position, parser.line)
            let fields: Result<[String], Failure>
            do throws(Failure) {
                guard let row = try parser.nextRow() else { return nil }
                fields = .success(row.fields)
            } catch {
                if error.reason != CSV.notUTF8 {
                    (parser.position, parser.line) = (start, line)
                    if error.reason == CSV.unclosed, !isEnded { return nil }
                    parser.skipLine()
                }
                fields = .failure(error)
            }
            return Entry(line: line, bytes: Array(parser.lines(from: start)), fields: fields)
        }
    }

    private static let unclosed = "a quote is opened and never closed"
    /// The reason of a failure that has nothing to do with how records are written.
    package static let notUTF8 = "the text is not UTF-8"

    private static func unclosed(within maxBytes: Int) -> String {
        "a quote is opened and not closed within the \(maxBytes) bytes that a record may have"
    }

    /// A record as a line, fields quoted where they must be.
    package static func row(_ fields: [String]) -> String {
        fields.map { field in
            let mustBeQuoted =
                field.utf8.contains { "\",\r\n".utf8.contains($0) } || field.unicodeScalars.first == "\u{FEFF}"
                || (fields.count == 1 && field.utf8.allSatisfy(isBlank))
            // By scalars: to a string, a quote with a combining mark behind it is another character than a quote.
            let doubled = field.unicodeScalars.flatMap { $0 == "\"" ? [$0, $0] : [$0] }
            return !mustBeQuoted ? field : "\"" + String(String.UnicodeScalarView(doubled)) + "\""
        }.joined(separator: ",") + "\r\n"
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private struct Parser {
        var bytes: [UInt8]
        var position: Int
        var line = 1
        private let maxBytes: Int
        /// Where the record begins that is read.
        private var start = 0

        init(bytes: [UInt8], maxBytes: Int = .max) {
            self.bytes = bytes
            self.maxBytes = maxBytes
            position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        }

        mutating func nextRow() throws(Failure) -> Row? {
            skipBlankLines()
            guard position < bytes.count else { return nil }
            let first = line
            start = position
            var fields: [[UInt8]] = []
            while true {
                fields.append(try nextField())
                guard position < bytes.count, bytes[position] == UInt8(ascii: ",") else { break }
                position += 1
            }
            skipLineEnd()
            // Only now, so that it stands behind the record if a field is no text.
            return Row(line: first, fields: try fields.map { (field) throws(Failure) in try text(field, line: first) })
        }

        private mutating func nextField() throws(Failure) -> [UInt8] {
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                let start = position
                while position < bytes.count, !isSeparator(bytes[position]) { position += 1 }
                return Array(bytes[start..<position])
            }
            let opened = line
            position += 1
            var field: [UInt8] = []
            while position < bytes.count {
                guard position - start < maxBytes else {
                    throw Failure(line: opened, reason: CSV.unclosed(within: maxBytes))
                }
                let byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: "\"") {
                    guard position < bytes.count, bytes[position] == byte else {
                        guard position == bytes.count || isSeparator(bytes[position]) else {
                            throw Failure(line: line, reason: "there is text after a closing quote")
                        }
                        return field
                    }
                    position += 1
                }
                let isPair =
                    byte == UInt8(ascii: "\r") && position < bytes.count && bytes[position] == UInt8(ascii: "\n")
                if isLineEnd(byte), !isPair { line += 1 }
                field.append(byte)
            }
            throw Failure(line: opened, reason: CSV.unclosed)
        }

        private func isSeparator(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: ",") || isLineEnd(byte)
        }

        private func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

        mutating func skipBlankLines() {
            while true {
                var end = position
                while end < bytes.count, isBlank(bytes[end]) { end += 1 }
                guard end < bytes.count else { return position = end }
                guard isLineEnd(bytes[end]) else { return }
                position = end
                skipLineEnd()
            }
        }

        private mutating func skipLineEnd() {
            if position < bytes.count, bytes[position] == UInt8(ascii: "\r") { position += 1 }
            if position < bytes.count, bytes[position] == UInt8(ascii: "\n") { position += 1 }
            line += 1
        }

        /// Goes behind the end of this line.
        mutating func skipLine() {
            while position < bytes.count, !isLineEnd(bytes[position]) { position += 1 }
            skipLineEnd()
        }

        /// What it has passed since, without the end of the last line.
        func lines(from start: Int) -> ArraySlice<UInt8> {
            var passed = bytes[start..<position]
            if passed.last == UInt8(ascii: "\n") { passed.removeLast() }
            if passed.last == UInt8(ascii: "\r") { passed.removeLast() }
            return passed
        }

        private func text(_ bytes: [UInt8], line: Int) throws(Failure) -> String {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Failure(line: line, reason: CSV.notUTF8)
            }
            return text
        }
    }
}
