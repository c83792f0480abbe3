// SPDX-License-Identifier: Apache-2.0

/// Walks over the members of a JSON object by its bytes. What it finds in bytes that are not JSON means nothing, but it
/// comes to an end in those too.
struct ObjectScan {
    private let bytes: [UInt8]
    /// At the closing brace once `nextMember` has returned nil.
    private(set) var position: Int

    /// - Parameter start: where the object begins, white space aside.
    init(bytes: [UInt8], from start: Int = 0) {
        self.bytes = bytes
        position = start
    }

    /// Where the value of a member is; of several with one name the first's.
    /// - Parameter name: as JSON.
    static func value(of name: [UInt8], in bytes: [UInt8], from start: Int) -> Range<Int>? {
        var scan = ObjectScan(bytes: bytes, from: start)
        guard scan.enter() else { return nil }
        while let member = scan.nextMember() {
            if bytes[member.name].elementsEqual(name) { return member.value }
        }
        return nil
    }

    /// Moves past the opening brace; false if the document is not an object.
    mutating func enter() -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "{") else { return false }
        position += 1
        return true
    }

    /// The next member: its name with the quotes, and its value.
    mutating func nextMember() -> (name: Range<Int>, value: Range<Int>)? {
        skip { $0 == UInt8(ascii: ",") || Self.isSpace($0) }
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
        let name = position
        skipString()
        let nameEnd = position
        skip { $0 == UInt8(ascii: ":") || Self.isSpace($0) }
        let value = position
        skipValue()
        return (name..<nameEnd, value..<position)
    }

    private mutating func skipValue() {
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                skipString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return }
                depth -= 1
            case UInt8(ascii: ","):
                if depth == 0 { return }
            case let byte where Self.isSpace(byte):
                if depth == 0 { return }
            default:
                break
            }
            position += 1
        }
    }

    private mutating func skipString() {
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        position = min(position + 1, bytes.count)
    }

    private mutating func skipSpace() { skip(Self.isSpace) }

    private mutating func skip(_ condition: (UInt8) -> Bool) {
        while position < bytes.count, condition(bytes[position]) { position += 1 }
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }
}
