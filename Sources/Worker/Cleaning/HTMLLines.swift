// SPDX-License-Identifier: Apache-2.0

/// The lines that an HTML document is shown as: white space runs are one space, but in preformatted text.
struct HTMLLines {
    var isPreformatted = false
    /// How many marks of a quote stand before the lines that begin from here on.
    var quoteDepth = 0
    private var bytes: [UInt8] = []
    private var lineStart = 0
    private var hasSpace = false

    /// What was read so far.
    var joined: String { String(decoding: bytes, as: UTF8.self) }

    private var isEmptyLine: Bool { bytes.count == lineStart }

    mutating func append(_ byte: UInt8) {
        guard byte.isSpace else { return write([byte]) }
        if !isPreformatted {
            hasSpace = true
        } else if byte == UInt8(ascii: "\n") {
            breakLine()
        } else if byte != UInt8(ascii: "\r") {
            write([byte])
        }
    }

    mutating func append(_ scalar: Unicode.Scalar) {
        // No-break spaces fill tables and empty lines.
        if scalar == "\u{A0}" { append(UInt8(ascii: " ")) } else { write(Array(Character(scalar).utf8)) }
    }

    private mutating func write(_ more: [UInt8]) {
        if isEmptyLine {
            for _ in 0..<quoteDepth { bytes += "\(QuotedReplies.mark) ".utf8 }
        } else if hasSpace {
            bytes.append(UInt8(ascii: " "))
        }
        hasSpace = false
        bytes += more
    }

    /// Ends the line, also one that is empty.
    mutating func breakLine() {
        hasSpace = false
        bytes.append(UInt8(ascii: "\n"))
        lineStart = bytes.count
    }

    /// Ends the line unless it is empty.
    mutating func endLine() {
        if isEmptyLine { hasSpace = false } else { breakLine() }
    }
}
