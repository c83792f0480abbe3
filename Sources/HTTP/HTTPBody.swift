// SPDX-License-Identifier: Apache-2.0

/// The body of a request, as it comes in (RFC 9112, sections 6 and 7). Pure.
struct HTTPBody {
    private enum Part {
        /// Bytes of the body, or of a chunk of it, of which so many are missing.
        case content(Int)
        /// The line that says how long the next chunk is.
        case chunkSize
        /// The end of the line behind a chunk.
        case chunkEnd
        /// Fields behind the last chunk, up to an empty line. Nothing that is served needs them.
        case trailer
        case end
    }

    /// What has come so far, without what marks the chunks.
    private(set) var bytes: [UInt8] = []
    private let isChunked: Bool
    private let maxBytes: Int
    private var part: Part
    private var line: [UInt8] = []
    private var trailerBytes = 0

    /// Bytes of the line before a chunk, and of all fields behind the last one.
    private static let (maxLineBytes, maxTrailerBytes) = (256, 8 * 1024)

    /// - Parameter maxBytes: a longer body is refused, as soon as it shows.
    init(_ framing: HTTPRequest.Framing, maxBytes: Int) throws(HTTPRequest.Refusal) {
        self.maxBytes = maxBytes
        switch framing {
        case .length(let length):
            guard let length, length <= maxBytes else { throw .bodyTooLarge }
            isChunked = false
            part = length > 0 ? .content(length) : .end
        case .chunked:
            isChunked = true
            part = .chunkSize
        }
    }

    /// Whether all of it is there.
    var isWhole: Bool { if case .end = part { true } else { false } }

    /// Takes what was received. What stands behind the body is passed over.
    mutating func take(_ received: ArraySlice<UInt8>) throws(HTTPRequest.Refusal) {
        var rest = received
        while !rest.isEmpty {
            switch part {
            case .content(let missing):
                let own = rest.prefix(missing)
                bytes += own
                rest = rest.dropFirst(own.count)
                guard own.count == missing else {
                    part = .content(missing - own.count)
                    return
                }
                part = isChunked ? .chunkEnd : .end
            case .chunkSize, .chunkEnd, .trailer:
                guard let line = try nextLine(&rest) else { return }
                try end(line)
            case .end: return
            }
        }
    }

    /// The next line without its end; nil while that is missing.
    private mutating func nextLine(_ rest: inout ArraySlice<UInt8>) throws(HTTPRequest.Refusal) -> [UInt8]? {
        let own = rest.prefix { $0 != UInt8(ascii: "\n") }
        line += own
        rest = rest.dropFirst(own.count)
        guard line.count <= Self.maxLineBytes else { throw .badRequest }
        guard rest.popFirst() != nil else { return nil }
        // A bare line feed ends no line here: others might see another chunk behind it (RFC 9112, section 2.2).
        guard line.popLast() == UInt8(ascii: "\r"), !line.contains(UInt8(ascii: "\r")) else { throw .badRequest }
        defer { line = [] }
        return line
    }

    private mutating func end(_ line: [UInt8]) throws(HTTPRequest.Refusal) {
        switch part {
        case .chunkSize:
            let size = try Self.size(line)
            guard size <= maxBytes - bytes.count else { throw .bodyTooLarge }
            part = size > 0 ? .content(size) : .trailer
        case .chunkEnd:
            guard line.isEmpty else { throw .badRequest }
            part = .chunkSize
        case .trailer:
            trailerBytes += line.count
            guard trailerBytes <= Self.maxTrailerBytes else { throw HTTPRequest.Refusal(status: 431) }
            if line.isEmpty { part = .end }
        case .content, .end: break
        }
    }

    /// The number before a chunk; extensions behind it are passed over (section 7.1.1).
    private static func size(_ line: [UInt8]) throws(HTTPRequest.Refusal) -> Int {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let digits = line.prefix { !isSpace($0) && $0 != UInt8(ascii: ";") }
        let rest = line[digits.count...].drop(while: isSpace)
        guard !digits.isEmpty, rest.isEmpty || rest.first == UInt8(ascii: ";"),
            digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
        else { throw .badRequest }
        guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) else { throw .bodyTooLarge }
        return size
    }
}
