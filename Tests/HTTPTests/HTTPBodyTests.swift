// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct HTTPBodyTests {
    private static let limit = 40

    /// What comes of a body that arrives in these pieces: its bytes, the status that refuses it, or nil while some is missing.
    private enum Outcome: Equatable {
        case whole(String)
        case refused(Int)
        case missing
    }

    private func outcome(_ framing: HTTPRequest.Framing, _ pieces: [ArraySlice<UInt8>]) -> Outcome {
        do throws(HTTPRequest.Refusal) {
            var body = try HTTPBody(framing, maxBytes: Self.limit)
            for piece in pieces { try body.take(piece) }
            return body.isWhole ? .whole(String(decoding: body.bytes, as: UTF8.self)) : .missing
        } catch {
            return .refused(error.status)
        }
    }

    private func pieces(_ text: String, of size: Int) -> [ArraySlice<UInt8>] {
        let bytes = Array(text.utf8)
        return stride(from: 0, to: bytes.count, by: size).map { bytes[$0..<min($0 + size, bytes.count)] }
    }

    @Test(
        "A body in chunks is what is in them, however it comes in pieces, and whatever stands behind it",
        arguments: [
            ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"),
            ("5;a=b;c\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1", "hello"),
            ("3 \r\nhel\r\n02\t;x\r\nlo\r\n000\r\nTrailer: x\r\nOther: y\r\n\r\n", "hello"),
            ("1\r\n\r\r\n2\r\n\n0\r\n0\r\n\r\n", "\r\n0"),
            ("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"),
        ]
    )
    func chunks(sent: String, body: String) {
        for size in 1...sent.utf8.count {
            #expect(outcome(.chunked, pieces(sent, of: size)) == .whole(body), "pieces of \(size)")
        }
    }

    @Test("A body of a length ends there", arguments: [1, 2, 7, 100])
    func length(size: Int) {
        #expect(outcome(.length(5), pieces("hello, and more", of: size)) == .whole("hello"))
        #expect(outcome(.length(5), pieces("hell", of: size)) == .missing)
        #expect(outcome(.length(0), []) == .whole(""))
    }

    @Test(
        "What is no chunk is refused with 400, and never taken for the body",
        arguments: [
            "\r\n", "x\r\n", "-1\r\n", "+1\r\na\r\n", "0x1\r\na\r\n", "1\na\r\n", "1\r\nab\r\n", "1\r\na\n0\r\n\r\n",
            "1 1\r\na\r\n",
            ";a\r\n", " 1\r\n", "1\r\r\n", "0\r\nA: b\n\r\n", "é\r\n",
        ]
    )
    func malformed(sent: String) {
        for size in [1, 3, 100] {
            #expect(outcome(.chunked, pieces(sent, of: size)) == .refused(400), "pieces of \(size)")
        }
    }

    @Test("A body that is too large is refused as soon as that shows; so are endless lines and trailers")
    func limits() {
        #expect(outcome(.length(Self.limit + 1), []) == .refused(413) && outcome(.length(nil), []) == .refused(413))
        #expect(outcome(.chunked, pieces("29\r\n", of: 1)) == .refused(413))
        let full = "28\r\n" + String(repeating: "a", count: Self.limit) + "\r\n"
        #expect(outcome(.chunked, pieces(full, of: 9)) == .missing)
        #expect(outcome(.chunked, pieces(full + "1\r\n", of: 9)) == .refused(413))
        for number in ["ffffffffffffffff", "7fffffffffffffff", String(repeating: "f", count: 100)] {
            #expect(outcome(.chunked, pieces(number + "\r\n", of: 4)) == .refused(413))
        }
        #expect(outcome(.chunked, pieces("1;" + String(repeating: "x", count: 300), of: 50)) == .refused(400))
        let trailer = "0\r\n" + String(repeating: "A: b\r\n", count: 3_000)
        #expect(outcome(.chunked, pieces(trailer, of: 1_000)) == .refused(431))
    }
}
