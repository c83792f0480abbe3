// SPDX-License-Identifier: Apache-2.0
package import Bert
import Configuration
import Foundation
package import Kafka
import Logging
package import Settings
import TestSupport

@testable import Worker

/// Where a small random model is.
package func goldenModelPath(_ name: String) -> String {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return tests.appending(path: "BertTests/Golden/\(name)").path
}

/// A small random classifier, which says nothing sensible but says it fast.
package func testModel() throws -> Model {
    try Model(directory: goldenModelPath("bert-classifier"), kernels: .ofTests())
}

/// Settings of a worker, with what a test wants otherwise.
package func testSettings(_ flags: [String: String] = [:]) throws -> Settings {
    let standard = [
        "bootstrap.servers": "127.0.0.1:1", "input.topics": "in", "output.topic": "out", "dead.letter.topic": "dead",
        "http.address": "127.0.0.1:0", "log.level": "error",
    ]
    return try Settings(file: nil, environment: [:], flags: standard.merging(flags) { $1 }.map { ($0.key, $0.value) })
}

/// A record of the topic `in`.
package func testRecord(
    _ value: [UInt8]?,
    partition: Int32 = 0,
    offset: Int64 = 0,
    headers: [Header] = []
) -> Record {
    Record(
        topicPartition: TopicPartition(topic: "in", partition: partition),
        offset: offset,
        timestamp: Timestamp(milliseconds: 1_700_000_000_123),
        key: Array("key".utf8),
        value: value,
        headers: headers
    )
}

/// A record whose value is this text.
package func testRecord(_ value: String, partition: Int32 = 0, offset: Int64 = 0, headers: [Header] = []) -> Record {
    testRecord(Array(value.utf8), partition: partition, offset: offset, headers: headers)
}
