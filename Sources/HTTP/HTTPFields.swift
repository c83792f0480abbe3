// SPDX-License-Identifier: Apache-2.0

/// The header fields of a request (RFC 9112, section 5).
struct HTTPFields: Equatable {
    private struct Field: Equatable {
        /// In lower case.
        let name: String
        /// Without white space around it.
        let value: ArraySlice<UInt8>
    }

    private var fields: [Field] = []

    /// Parses the lines up to the empty one.
    init(_ bytes: ArraySlice<UInt8>) throws(HTTPRequest.Refusal) {
        for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let line = Self.line(part)
            if line.isEmpty { return }
            // A line that goes on with the one before it begins with a space, which no name does; nor does one end in it.
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), Self.isToken(line[..<colon]),
                line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            else { throw .badRequest }
            let start = line[(colon + 1)...].firstIndex { !Self.isSpace($0) } ?? line.endIndex
            let end = line[start...].lastIndex { !Self.isSpace($0) }.map { $0 + 1 } ?? start
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            fields.append(Field(name: name, value: line[start..<end]))
        }
    }

    /// Refuses what leaves open which host is meant, or where the request ends.
    func check(minorVersion: Int) throws(HTTPRequest.Refusal) {
        let hosts = values("host")
        guard hosts.count == 1 || hosts.isEmpty && minorVersion == 0, hosts.allSatisfy(Self.isHost) else {
            throw .badRequest
        }
        let lengths = values("content-length")
        let codings = values("transfer-encoding")
        guard lengths.count + codings.count < 2, codings.isEmpty || minorVersion > 0,
            lengths.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Self.isDigit) })
        else { throw .badRequest }
        for coding in codings.map({ String(decoding: $0, as: UTF8.self).lowercased() }) where coding != "chunked" {
            // Only chunks say where they end.
            let last = coding.split(separator: ",", omittingEmptySubsequences: false).last
            throw last?.drop(while: { $0 == " " || $0 == "\t" }) == "chunked"
                ? HTTPRequest.Refusal(status: 501) : .badRequest
        }
    }

    /// Where the body ends, once `check` is passed.
    var framing: HTTPRequest.Framing {
        guard values("transfer-encoding").isEmpty else { return .chunked }
        guard let length = values("content-length").first else { return .length(0) }
        return .length(Int(String(decoding: length, as: UTF8.self)))
    }

    /// A line without the CR before its end.
    static func line(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
    }

    /// Whether bytes are what a method or a field's name is made of (RFC 9110, section 5.6.2).
    static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { isDigit($0) || isLetter($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    }

    /// Whether bytes name a host, perhaps with a port (RFC 9110, section 7.2); nothing does too.
    static func isHost(_ bytes: ArraySlice<UInt8>) -> Bool {
        var port: ArraySlice<UInt8>
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = bytes[..<end].dropFirst()
            guard !address.isEmpty, address.allSatisfy({ isInName($0) || $0 == UInt8(ascii: ":") }) else {
                return false
            }
            port = bytes[(end + 1)...]
        } else {
            port = bytes.drop { $0 != UInt8(ascii: ":") }
            guard bytes[..<port.startIndex].allSatisfy(isInName) else { return false }
        }
        guard let colon = port.popFirst() else { return true }
        return colon == UInt8(ascii: ":") && port.allSatisfy(isDigit)
    }

    /// The values of all fields of a name, which is in lower case.
    func values(_ name: String) -> [ArraySlice<UInt8>] { fields.filter { $0.name == name }.map(\.value) }

    private static func isInName(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || "-._~%!$&'()*+,;=".utf8.contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
