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
    package struct Stream {
        private var parser = Parser(bytes: [])
        private var isEnded = false

        package init() {}

        /// Takes more bytes.
        /// - Parameter isLast: whether nothing comes after them.
        package mutating func append(_ bytes: [UInt8], isLast: Bool) {
            parser.bytes.removeFirst(parser.position)
            parser.position = 0
            parser.bytes += bytes
            isEnded = isLast
        }

        /// The next record; nil where it is not there as a whole.
        package mutating func next() throws(Failure) -> Row? {
            let start = (parser.position, parser.line)
            do throws(Failure) {
                return try parser.nextRow()
            } catch {
                guard !isEnded, error.reason == CSV.unclosed else { throw error }
                (parser.position, parser.line) = start
                return nil
            }
        }
    }

    private static let unclosed = "a quote is opened and never closed"

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

        init(bytes: [UInt8]) {
            self.bytes = bytes
            position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        }

        mutating func nextRow() throws(Failure) -> Row? {
            skipBlankLines()
            guard position < bytes.count else { return nil }
            let start = line
            var fields: [String] = []
            while true {
                fields.append(try nextField())
                guard position < bytes.count, bytes[position] == UInt8(ascii: ",") else { break }
                position += 1
            }
            skipLineEnd()
            return Row(line: start, fields: fields)
        }

        private mutating func nextField() throws(Failure) -> String {
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                let start = position
                while position < bytes.count, !isSeparator(bytes[position]) { position += 1 }
                return try text(bytes[start..<position])
            }
            let opened = line
            position += 1
            var field: [UInt8] = []
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: "\"") {
                    guard position < bytes.count, bytes[position] == byte else {
                        guard position == bytes.count || isSeparator(bytes[position]) else {
                            throw Failure(line: line, reason: "there is text after a closing quote")
                        }
                        return try text(field[...])
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

        private mutating func skipBlankLines() {
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

        private func text(_ bytes: ArraySlice<UInt8>) throws(Failure) -> String {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Failure(line: line, reason: "the text is not UTF-8")
            }
            return text
        }
    }
}
