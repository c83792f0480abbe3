// SPDX-License-Identifier: Apache-2.0

/// Reads one JSON text (RFC 8259) by its bytes, each of them once, and decodes nothing that is not asked for.
///
/// Exactly the grammar, in UTF-8: no comma behind the last member, no comments, no other white space. Nothing is recursive,
/// so no depth of nesting is too much. A byte order mark at the beginning is passed over, as section 8.1 allows.
///
/// The reader stands before a value, between the members of an object or between the elements of an array; its user
/// calls what goes with where it stands. Each method throws at the first byte that no JSON text can have there.
public struct JSONReader: Sendable {
    let bytes: [UInt8]
    /// The index of the next byte.
    public internal(set) var position: Int

    /// Begins to read.
    /// - Throws: `JSONFailure.notUTF8`.
    public init(_ bytes: [UInt8]) throws(JSONFailure) {
        guard (try? UTF8Span(validating: bytes.span)) != nil else { throw .notUTF8 }
        self.bytes = bytes
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// Steps into the object that comes next; false, and nothing is passed but white space, if something else comes.
    public mutating func enterObject() -> Bool { enter(UInt8(ascii: "{")) }

    /// Steps into the array that comes next; false, and nothing is passed but white space, if something else comes.
    package mutating func enterArray() -> Bool { enter(UInt8(ascii: "[")) }

    /// The name of the object's next member, before whose value the reader then stands; nil at the end of the object,
    /// which is then behind it.
    public mutating func nextMember() throws(JSONFailure) -> JSONString? {
        guard try isNext(after: UInt8(ascii: "{"), before: UInt8(ascii: "}")) else { return nil }
        return try name()
    }

    /// Whether the array has another element, before which the reader then stands; false at the end of the array, which is
    /// then behind it.
    package mutating func nextElement() throws(JSONFailure) -> Bool {
        try isNext(after: UInt8(ascii: "["), before: UInt8(ascii: "]"))
    }

    /// Passes over a value if it is a string; nil, and nothing is passed but white space, if it is something else.
    public mutating func string() throws(JSONFailure) -> JSONString? {
        skipSpace()
        guard peek == UInt8(ascii: "\"") else { return nil }
        return try scanString()
    }

    /// Passes over a value, whatever it is, and returns where its bytes are.
    @discardableResult
    public mutating func skipValue() throws(JSONFailure) -> Range<Int> {
        skipSpace()
        let start = position
        // What ends the objects and arrays that are open.
        var ends: [UInt8] = []
        while true {
            switch peek {
            case UInt8(ascii: "\""): _ = try scanString()
            case UInt8(ascii: "{"):
                position += 1
                skipSpace()
                if peek != UInt8(ascii: "}") {
                    ends.append(UInt8(ascii: "}"))
                    _ = try name()
                    continue
                }
                position += 1
            case UInt8(ascii: "["):
                position += 1
                skipSpace()
                if peek != UInt8(ascii: "]") {
                    ends.append(UInt8(ascii: "]"))
                    continue
                }
                position += 1
            case UInt8(ascii: "t"): try scan("true")
            case UInt8(ascii: "f"): try scan("false")
            case UInt8(ascii: "n"): try scan("null")
            default: try scanNumber()
            }
            while let end = ends.last {
                skipSpace()
                if peek == end {
                    position += 1
                    ends.removeLast()
                    continue
                }
                try expect(UInt8(ascii: ","))
                skipSpace()
                if end == UInt8(ascii: "}") { _ = try name() }
                break
            }
            if ends.isEmpty { return start..<position }
        }
    }

    /// The bytes of a value as they are written, as text: of a number all that it says.
    public func written(_ range: Range<Int>) -> String {
        // Several times as fast as of a slice.
        bytes.withUnsafeBufferPointer { String(decoding: $0[range], as: UTF8.self) }
    }

    /// Makes sure that nothing stands behind the value but white space.
    public mutating func finish() throws(JSONFailure) {
        skipSpace()
        guard position == bytes.count else { throw .notJSON(position: position) }
    }

    /// The next byte; zero, which no JSON text holds, at the end.
    var peek: UInt8 { position < bytes.count ? bytes[position] : 0 }

    mutating func expect(_ byte: UInt8) throws(JSONFailure) {
        guard position < bytes.count, bytes[position] == byte else { throw .notJSON(position: position) }
        position += 1
    }

    private mutating func enter(_ bracket: UInt8) -> Bool {
        skipSpace()
        guard peek == bracket else { return false }
        position += 1
        return true
    }

    private mutating func isNext(after bracket: UInt8, before end: UInt8) throws(JSONFailure) -> Bool {
        // No value ends in an opening bracket.
        let isFirst = bytes[position - 1] == bracket
        skipSpace()
        if peek == end {
            position += 1
            return false
        }
        if !isFirst {
            try expect(UInt8(ascii: ","))
            skipSpace()
        }
        return true
    }

    /// A member's name, and what stands between it and the value.
    private mutating func name() throws(JSONFailure) -> JSONString {
        let name = try scanString()
        skipSpace()
        try expect(UInt8(ascii: ":"))
        skipSpace()
        return name
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func scan(_ literal: StaticString) throws(JSONFailure) {
        for index in 0..<literal.utf8CodeUnitCount { try expect(literal.utf8Start[index]) }
    }

    private mutating func scanNumber() throws(JSONFailure) {
        if peek == UInt8(ascii: "-") { position += 1 }
        if peek == UInt8(ascii: "0") { position += 1 } else { try scanDigits() }
        if peek == UInt8(ascii: ".") {
            position += 1
            try scanDigits()
        }
        if peek | 0x20 == UInt8(ascii: "e") {
            position += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
            try scanDigits()
        }
    }

    private mutating func scanDigits() throws(JSONFailure) {
        let start = position
        while peek >= UInt8(ascii: "0"), peek <= UInt8(ascii: "9") { position += 1 }
        guard position > start else { throw .notJSON(position: position) }
    }
}

/// Why bytes are no JSON text.
public enum JSONFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// They are not UTF-8.
    case notUTF8
    /// The byte at this index, or the end, cannot stand where it does.
    case notJSON(position: Int)

    /// What the bytes are not, and from where on.
    public var description: String {
        switch self {
        case .notUTF8: "not UTF-8"
        case .notJSON(let position): "not JSON in UTF-8, from byte \(position) on"
        }
    }
}
