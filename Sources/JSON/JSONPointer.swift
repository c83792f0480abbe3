// SPDX-License-Identifier: Apache-2.0

/// A path to a value in a JSON document (RFC 6901): `/body`, `/comments/0/text`, or nothing for the whole document. And
/// beyond that, to several: `/comments/*/text`.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    /// The reference tokens, unescaped, in UTF-8: two that look alike and differ in code points are two.
    private let names: [[UInt8]]

    /// The whole document.
    public static let root = JSONPointer(names: [])

    /// Whether it may stand for several values.
    public var isOfSeveral: Bool { names.contains(Self.every) }

    private static let every = [UInt8(ascii: "*")]

    /// The reference tokens, unescaped.
    public var tokens: [String] { names.map { String(decoding: $0, as: UTF8.self) } }

    /// Parses a pointer; nil if it neither is empty nor begins with a slash, or holds a `~` that escapes nothing.
    public init?(_ pointer: String) {
        guard pointer.isEmpty || pointer.utf8.first == UInt8(ascii: "/") else { return nil }
        var names: [[UInt8]] = []
        for part in pointer.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst() {
            var name: [UInt8] = []
            var rest = part[...]
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "~") else {
                    name.append(byte)
                    continue
                }
                switch rest.popFirst() {
                case UInt8(ascii: "0"): name.append(UInt8(ascii: "~"))
                case UInt8(ascii: "1"): name.append(UInt8(ascii: "/"))
                default: return nil
                }
            }
            names.append(name)
        }
        self.names = names
    }

    /// The pointer to `token` in the value that `self` points to, and from there on as `rest` says.
    public func then(_ token: String, _ rest: JSONPointer = .root) -> JSONPointer {
        JSONPointer(names: names + [Array(token.utf8)] + rest.names)
    }

    /// How many tokens lead to the elements that the last `*` stands for; nil if there is none.
    public var elementDepth: Int? { names.lastIndex(of: Self.every).map { $0 + 1 } }

    /// The pointer to what holds what this one points to: its first tokens.
    public func prefix(_ count: Int) -> JSONPointer { JSONPointer(names: Array(names.prefix(count))) }

    /// Whether a pointer without `*` is one of those that this one stands for.
    public func standsFor(_ other: JSONPointer) -> Bool {
        names.count == other.names.count
            && zip(names, other.names).allSatisfy { $0 == $1 || $0 == Self.every && Self.index($1) != nil }
    }

    /// The pointer as it is written.
    public var description: String {
        var text: [UInt8] = []
        for name in names {
            text.append(UInt8(ascii: "/"))
            for byte in name {
                switch byte {
                case UInt8(ascii: "~"): text += "~0".utf8
                case UInt8(ascii: "/"): text += "~1".utf8
                default: text.append(byte)
                }
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private init(names: [[UInt8]]) {
        self.names = names
    }
}

extension JSONPointer {
    /// What stands at a pointer.
    public enum Found: Equatable, Sendable {
        case text(String)
        case null
        /// An object, an array, a number or a boolean, as it is written.
        case other(String)
        /// A string with half a surrogate pair in it, which is no text.
        case halfSurrogate
    }

    /// A value, and the pointer to it alone.
    public struct Match: Equatable, Sendable {
        /// Where it stands: without a `*` that stands for an element.
        public let pointer: JSONPointer
        /// What stands there.
        public let found: Found
    }

    /// Finds the value in a JSON document, and reads the document to its end; nil if there is none. Of members with one name
    /// the last is meant, as most readers have it.
    public func find(in document: [UInt8]) throws(JSONFailure) -> Found? { try findAll(in: document).last?.found }

    /// Finds the values, in the document's order, where a token `*` stands for every element of an array.
    public func findAll(in document: [UInt8]) throws(JSONFailure) -> [Match] {
        var reader = try JSONReader(document)
        var matches: [Match] = []
        try find(names[...], [], &reader, &matches)
        try reader.finish()
        return matches
    }

    private func find(
        _ names: ArraySlice<[UInt8]>,
        _ path: [[UInt8]],
        _ reader: inout JSONReader,
        _ matches: inout [Match]
    ) throws(JSONFailure) {
        guard let name = names.first else {
            matches.append(Match(pointer: JSONPointer(names: path), found: try value(&reader)))
            return
        }
        if reader.enterObject() {
            let count = matches.count
            while let member = try reader.nextMember() {
                if reader.isEqual(member, name) {
                    matches.removeSubrange(count...)
                    try find(names.dropFirst(), path + [name], &reader, &matches)
                } else {
                    try reader.skipValue()
                }
            }
        } else if let wanted = Self.indices(name), reader.enterArray() {
            var index = 0
            while try reader.nextElement() {
                if wanted.contains(index) {
                    try find(names.dropFirst(), path + [Array("\(index)".utf8)], &reader, &matches)
                } else {
                    try reader.skipValue()
                }
                index += 1
            }
        } else {
            try reader.skipValue()
        }
    }

    private func value(_ reader: inout JSONReader) throws(JSONFailure) -> Found {
        if let string = try reader.string() { return reader.text(string).map(Found.text) ?? .halfSurrogate }
        let written = reader.written(try reader.skipValue())
        return written == "null" ? .null : .other(written)
    }

    /// The elements of an array that a token means: one by its index, or all.
    private static func indices(_ name: [UInt8]) -> ClosedRange<Int>? {
        name == every ? 0...Int.max : index(name).map { $0...$0 }
    }

    /// An array index as RFC 6901 writes it: digits without a leading zero.
    private static func index(_ name: [UInt8]) -> Int? {
        let isZero = name == [UInt8(ascii: "0")]
        guard name.allSatisfy({ (48...57).contains($0) }), isZero || name.first != UInt8(ascii: "0") else { return nil }
        return Int(String(decoding: name, as: UTF8.self))
    }
}
