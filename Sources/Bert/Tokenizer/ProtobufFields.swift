// SPDX-License-Identifier: Apache-2.0

/// Walks the fields of one message of Protocol Buffers: each a number with a wire type, and a value of that type. Every length
/// is checked against the bytes that are there.
struct ProtobufFields {
    /// Why the bytes are no message.
    struct Broken: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    enum Value {
        case number(UInt64)
        case fixed32(UInt32)
        /// Of a length of its own, or eight bytes, of which no field is one that matters.
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func next() throws(Broken) -> (number: UInt64, Value)? {
        guard !rest.isEmpty else { return nil }
        let key = try varint()
        let value: Value =
            switch key & 7 {
            case 0: .number(try varint())
            case 1: .bytes(try take(8))
            case 2: .bytes(try take(try varint()))
            case 5: .fixed32(try take(4).reversed().reduce(0) { $0 << 8 | UInt32($1) })
            default: throw Broken("a field has the wire type \(key & 7)")
            }
        return (key >> 3, value)
    }

    private mutating func varint() throws(Broken) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Broken("a number is cut short or too long")
    }

    private mutating func take(_ count: UInt64) throws(Broken) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw Broken("a field of \(count) bytes is cut short") }
        defer { rest.removeFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
}
