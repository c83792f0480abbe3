// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// librdkafka's list of partitions, each with an offset and an error; destroyed with the value.
struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    /// Takes over a list that librdkafka made for us.
    init(owning pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        self.pointer = pointer
    }

    /// Partitions without offsets.
    init(_ partitions: some Collection<TopicPartition>) {
        pointer = rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count))
        for partition in partitions {
            rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition)
        }
    }

    /// Partitions with their offsets, or with what a call wants in that field.
    init(_ offsets: [TopicPartition: Int64]) {
        pointer = rd_kafka_topic_partition_list_new(Int32(clamping: offsets.count))
        for (partition, offset) in offsets {
            rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition).pointee.offset = offset
        }
    }

    /// Partitions with what is to be committed of them.
    init(_ positions: [TopicPartition: OffsetAndMetadata]) {
        pointer = rd_kafka_topic_partition_list_new(Int32(clamping: positions.count))
        for (partition, position) in positions {
            position.write(to: rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition))
        }
    }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }

    var partitions: [TopicPartition] { Self.partitions(in: pointer) }

    /// The offsets that are real ones: librdkafka's logical offsets, all negative, stand for "there is none".
    var offsets: [TopicPartition: Int64] { Self.offsets(in: pointer) }

    /// The positions that are real ones.
    var positions: [TopicPartition: OffsetAndMetadata] { Self.positions(in: pointer) }

    /// The error of the first partition that has one. Calls may succeed as a whole while some partitions fail.
    ///
    /// - Parameter expected: what is no error here.
    func check(
        _ operation: String,
        except expected: rd_kafka_resp_err_t = RD_KAFKA_RESP_ERR_NO_ERROR
    ) throws(KafkaError) {
        if let error = Self.firstError(in: pointer, during: operation, except: expected) { throw error }
    }

    static func partitions(in list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> [TopicPartition] {
        elements(of: list).map(TopicPartition.init)
    }

    static func offsets(
        in list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) -> [TopicPartition: Int64] {
        positions(in: list).mapValues(\.offset)
    }

    static func positions(
        in list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) -> [TopicPartition: OffsetAndMetadata] {
        let known = elements(of: list).lazy.filter { $0.offset >= 0 }
        return Dictionary(known.map { (TopicPartition($0), OffsetAndMetadata($0)) }) { _, last in last }
    }

    static func firstError(
        in list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>,
        during operation: String,
        except expected: rd_kafka_resp_err_t = RD_KAFKA_RESP_ERR_NO_ERROR
    ) -> KafkaError? {
        elements(of: list).first { $0.err != RD_KAFKA_RESP_ERR_NO_ERROR && $0.err != expected }.map {
            // A list of one partition has been named as a whole.
            KafkaError($0.err, during: list.pointee.cnt == 1 ? operation : "\(operation) (\(TopicPartition($0)))")
        }
    }

    static func elements(
        of list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) -> UnsafeMutableBufferPointer<rd_kafka_topic_partition_t> {
        UnsafeMutableBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
    }
}

extension TopicPartition {
    init(_ element: rd_kafka_topic_partition_t) {
        self.init(topic: element.topic.map { String(cString: $0) } ?? "", partition: element.partition)
    }
}
