// SPDX-License-Identifier: Apache-2.0

/// One field put into a JSON object while every other byte of it stays as it is.
///
/// A field of that name that is there already, as in a topic that is tagged once more, has its value replaced.
struct MergedField {
    let name: String
    /// The field's value, as JSON.
    let value: [UInt8]

    /// Merges the field into an object that is known to be valid JSON; nil if the document is not an object.
    func merged(into object: [UInt8]) -> [UInt8]? {
        var scan = ObjectScan(bytes: object)
        guard scan.enter() else { return nil }
        let quotedName = JSONWriter.quoted(name)
        var isEmpty = true
        while let member = scan.nextMember() {
            isEmpty = false
            if object[member.name].elementsEqual(quotedName) {
                return object[..<member.value.lowerBound] + value + object[member.value.upperBound...]
            }
        }
        let comma = isEmpty ? [] : [UInt8(ascii: ",")]
        return object[..<scan.position] + comma + quotedName + [UInt8(ascii: ":")] + value + object[scan.position...]
    }
}

extension JSONWriter {
    /// A string as JSON writes it.
    static func quoted(_ string: String) -> [UInt8] {
        var json = JSONWriter()
        json.string(string)
        return json.bytes
    }
}

/// Walks over the members of one valid JSON object by its bytes.
private struct ObjectScan {
    let bytes: [UInt8]
    /// At the closing brace once `nextMember` has returned nil.
    private(set) var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
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

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }
}
