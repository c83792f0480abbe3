// SPDX-License-Identifier: Apache-2.0

/// Writes one JSON value (RFC 8259) as bytes, fields in the order they are given.
///
/// Foundation's encoder takes longer than the tokeniser for a record, and orders keys as it likes.
public struct JSONWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Creates a writer that has written nothing.
    /// - Parameter capacity: bytes to make room for at once.
    public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Writes an object whose fields `fields` writes.
    public mutating func object(_ fields: (inout JSONWriter) -> Void) {
        nest(UInt8(ascii: "{"), UInt8(ascii: "}"), fields)
    }

    /// Writes an array whose elements `elements` writes.
    public mutating func array(_ elements: (inout JSONWriter) -> Void) {
        nest(UInt8(ascii: "["), UInt8(ascii: "]"), elements)
    }

    /// Writes a field's name; its value comes next.
    public mutating func name(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a field whose value is a string.
    public mutating func field(_ name: String, _ value: String) {
        self.name(name)
        string(value)
    }

    /// Writes a field whose value is a whole number.
    public mutating func field(_ name: String, _ value: some BinaryInteger) {
        self.name(name)
        integer(value)
    }

    /// Writes a field whose value is a finite number.
    public mutating func field(_ name: String, _ value: some BinaryFloatingPoint & CustomStringConvertible) {
        self.name(name)
        number(value)
    }

    /// Writes a field whose value is `true` or `false`.
    public mutating func field(_ name: String, _ value: Bool) {
        self.name(name)
        boolean(value)
    }

    /// Writes a string.
    public mutating func string(_ value: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { utf8 in
            var written = 0
            for (index, byte) in utf8.enumerated() where Self.isEscaped(byte) {
                bytes.append(contentsOf: utf8[written..<index])
                escape(byte)
                written = index + 1
            }
            bytes.append(contentsOf: utf8[written...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a whole number.
    public mutating func integer(_ value: some BinaryInteger) { literal(String(value)) }

    /// Writes `true` or `false`.
    public mutating func boolean(_ value: Bool) { literal(value ? "true" : "false") }

    /// Writes a finite number in the fewest digits that give the same number again.
    public mutating func number(_ value: some BinaryFloatingPoint & CustomStringConvertible) {
        precondition(value.isFinite, "JSON has no word for a number that is not finite")
        literal(value.description)
    }

    /// Writes `null`.
    public mutating func null() { literal("null") }

    /// A string as JSON writes it.
    package static func quoted(_ string: String) -> [UInt8] {
        var json = JSONWriter()
        json.string(string)
        return json.bytes
    }

    private mutating func nest(_ open: UInt8, _ close: UInt8, _ inside: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(open)
        needsComma = false
        inside(&self)
        bytes.append(close)
        needsComma = true
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
        case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
        case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
        case UInt8(ascii: "\r"): bytes.append(contentsOf: #"\r"#.utf8)
        case UInt8(ascii: "\t"): bytes.append(contentsOf: #"\t"#.utf8)
        default:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: #"\u00"#.utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }
}
