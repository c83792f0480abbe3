// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// What librdkafka tells of a client, as far as it is shown: a part of what its STATISTICS.md has.
struct ClientStatistics: Decodable, Sendable {
    struct Broker: Decodable, Sendable {
        struct Times: Decodable, Sendable {
            /// Microseconds.
            let avg: Double
            let p99: Double
        }

        /// -1 for a place to begin at, of which it is not known which broker it is.
        let nodeid: Int
        /// `logical` for what stands for another one, such as the group's coordinator.
        let source: String
        let state: String
        /// Requests that wait to be sent.
        let outbufCnt: Int
        /// Requests that wait for an answer.
        let waitrespCnt: Int
        let txerrs: Int
        let rxerrs: Int
        let txretries: Int
        let reqTimeouts: Int
        let disconnects: Int
        /// From a request to its answer.
        let rtt: Times
    }

    struct Topic: Decodable, Sendable {
        struct Partition: Decodable, Sendable {
            /// Records, and their bytes, that are fetched and not polled.
            let fetchqCnt: Int
            let fetchqSize: Int
        }

        let partitions: [String: Partition]
    }

    struct Group: Decodable, Sendable {
        /// Milliseconds.
        let rebalanceAge: Double
        let rebalanceCnt: Int
    }

    /// A producer's messages that are not acknowledged, and their bytes.
    let msgCnt: Int
    let msgSize: Int
    let txBytes: Int
    let rxBytes: Int
    let brokers: [String: Broker]
    let topics: [String: Topic]
    /// Consumers alone have one.
    let cgrp: Group?

    /// nil where it is not what STATISTICS.md says.
    init?(_ json: [UInt8]) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let read = try? decoder.decode(Self.self, from: Data(json)) else { return nil }
        self = read
    }
}
