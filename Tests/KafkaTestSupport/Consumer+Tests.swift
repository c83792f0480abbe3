// SPDX-License-Identifier: Apache-2.0
import CRdKafka

@testable package import Kafka

/// What tests ask of a consumer, and the program does not.
extension Consumer {
    /// The partitions being read, paused ones too.
    package var assignment: [TopicPartition] {
        get throws(KafkaError) {
            var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
            try client.check(rd_kafka_assignment(client.handle, &list), "query of the assignment")
            guard let list else { return [] }
            return PartitionList(owning: list).partitions
        }
    }

    /// How its group's assignor rebalances: `NONE`, until the group has told it, `COOPERATIVE` or `EAGER`.
    package var rebalanceProtocol: String {
        rd_kafka_rebalance_protocol(client.handle).map { String(cString: $0) } ?? ""
    }
}
