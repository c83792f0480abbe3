// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Where a record stands in a trace: W3C's `traceparent` (Trace Context, section 3.2).
struct TraceParent: Equatable {
    /// 32 hexadecimal digits.
    let traceID: String
    /// 16 hexadecimal digits.
    let spanID: String
    /// 2 hexadecimal digits: whether the trace is sampled, and whether its id is random.
    let flags: String

    /// The header that holds it, next to `tracestate`, which is carried on as it came.
    static let header = "traceparent"

    /// nil where it is not valid. Of a later version, the part that this one has is read.
    init?(_ value: [UInt8]) {
        let parts = value.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count >= 4, parts.map(\.count).starts(with: [2, 32, 16, 2]),
            parts.prefix(4).allSatisfy({ $0.allSatisfy(Self.isDigit) })
        else { return nil }
        let texts = parts.prefix(4).map { String(decoding: $0, as: UTF8.self) }
        guard texts[0] != "ff", texts[0] != "00" || parts.count == 4,
            texts[1].contains(where: { $0 != "0" }), texts[2].contains(where: { $0 != "0" })
        else { return nil }
        (traceID, spanID, flags) = (texts[1], texts[2], texts[3])
    }

    /// What stands for a span that this one has caused.
    func value(ofSpan id: UInt64) -> String {
        let digits = String(id, radix: 16)
        let known = (UInt8(flags, radix: 16) ?? 0) & 0x03
        return "00-\(traceID)-\(String(repeating: "0", count: 16 - digits.count))\(digits)-0\(known)"
    }

    /// Capital letters are not valid.
    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

extension Array where Element == Header {
    /// The headers with the trace carried on: a new span in the place of the one that the record was made by. What is not
    /// valid stays as it came. Of several such headers the last one counts, as for other readers of Kafka's headers.
    ///
    /// The span's id comes from the record, so that a record that is tagged again has the same result.
    func continuingTrace(of record: Record, to topic: String) -> [Header] {
        guard let index = lastIndex(where: { $0.name == TraceParent.header }), let value = self[index].value,
            let parent = TraceParent(value)
        else { return self }
        var hash = FNV1a()
        for part in [value, [UInt8](record.id.utf8), [UInt8](topic.utf8)] { hash.add(part) }
        var headers = self
        headers[index] = Header(TraceParent.header, parent.value(ofSpan: Swift.max(hash.value, 1)))
        return headers
    }
}

/// A hash that is the same in every process: Fowler, Noll and Vo's, of 64 bits.
private struct FNV1a {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    /// Adds bytes, and an end that no text holds, so that `ab` with `c` is not `a` with `bc`.
    mutating func add(_ bytes: [UInt8]) {
        for byte in bytes + [0xFF] { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }
}
