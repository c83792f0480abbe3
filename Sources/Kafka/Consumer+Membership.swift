// SPDX-License-Identifier: Apache-2.0

import CRdKafka

extension Consumer {
    /// What a group knows a consumer by at one moment: group, generation, member. A transaction shows it with its offsets,
    /// so that the group can refuse those of a member that it has put out, or of a generation that is over.
    public final class Membership: Sendable {
        /// Whether the consumer was a member at all. One that was not has no generation either, and the offsets of such
        /// a client are taken unchecked.
        public let isMember: Bool
        /// Immutable, and destroyed by `deinit` alone.
        nonisolated(unsafe) let pointer: OpaquePointer

        fileprivate init(_ pointer: OpaquePointer, isMember: Bool) {
            self.pointer = pointer
            self.isMember = isMember
        }

        deinit { rd_kafka_consumer_group_metadata_destroy(pointer) }
    }

    /// The membership as it is now. A later generation than that of the partitions at hand is never in it: librdkafka
    /// joins anew only after the rebalance hook has returned.
    public func membership() throws(KafkaError) -> Membership {
        let before = memberID
        guard let pointer = rd_kafka_consumer_group_metadata(client.handle) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__UNKNOWN_GROUP, during: "query of the membership")
        }
        // The metadata itself cannot be looked into. It is that of a member if the consumer was one before and after.
        return Membership(pointer, isMember: !before.isEmpty && memberID == before)
    }

    /// The name that the group gave to this consumer; empty while it has none.
    private var memberID: String {
        guard let text = rd_kafka_memberid(client.handle) else { return "" }
        defer { rd_kafka_mem_free(client.handle, text) }
        return String(cString: text)
    }
}
