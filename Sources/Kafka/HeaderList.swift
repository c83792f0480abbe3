// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// librdkafka's list of headers, destroyed unless a sent record took it over.
struct HeaderList: ~Copyable {
    /// Nil if there are none.
    let pointer: OpaquePointer?

    init(_ headers: [Header]) {
        pointer = headers.isEmpty ? nil : rd_kafka_headers_new(headers.count)
        for header in headers {
            var name = header.name
            name.withUTF8 { name in
                withPayload(header.value) { value, count in
                    // Copies both. Fails on a read-only list alone, which this one is not.
                    _ = name.withMemoryRebound(to: CChar.self) {
                        rd_kafka_header_add(pointer, $0.baseAddress, $0.count, value, count)
                    }
                }
            }
        }
    }

    deinit { if let pointer { rd_kafka_headers_destroy(pointer) } }

    /// Ends our ownership: librdkafka took the list along with the record.
    consuming func wasTaken() { discard self }

    /// Copies the headers of a message, which keeps its own.
    static func copy(of message: UnsafeMutablePointer<rd_kafka_message_t>) -> [Header] {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
        var headers: [Header] = []
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        while rd_kafka_header_get_all(list, headers.count, &name, &value, &count) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let name
        {
            headers.append(Header(name: String(cString: name), value: Kafka.copy(value, count)))
        }
        return headers
    }
}

/// Lends bytes to C: nil as a null pointer, empty as a pointer to nothing, since librdkafka tells the two apart.
func withPayload<Result>(_ bytes: [UInt8]?, _ body: (UnsafeRawPointer?, Int) -> Result) -> Result {
    guard let bytes else { return body(nil, 0) }
    guard !bytes.isEmpty else { return withUnsafeBytes(of: 0) { body($0.baseAddress, 0) } }
    return bytes.withUnsafeBytes { body($0.baseAddress, $0.count) }
}
