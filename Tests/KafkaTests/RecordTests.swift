// SPDX-License-Identifier: Apache-2.0

import Kafka
import Testing

@Suite struct RecordTests {
    @Test("Key, value, headers and timestamp come back byte for byte: null, empty, NUL bytes, repeats")
    func roundTrip() throws {
        let bytes: [[UInt8]?] = [nil, [], [0], [0, 1, 0, 255, 0], Array("grüße".utf8)]
        let headers = [
            Header(name: "a", value: [1, 0, 2]), Header(name: "b", value: nil), Header(name: "a", value: []),
            Header(name: "a", value: [1, 0, 2]), Header(name: "", value: [0xff]), Header(name: "schlüssel", value: [7]),
        ]
        let cluster = try LocalCluster()
        try cluster.createTopic("things", partitions: 1)
        let producer = try cluster.producer()
        var sent: [(key: [UInt8]?, value: [UInt8]?, headers: [Header])] = []
        for key in bytes {
            for value in bytes {
                let headers = Array(headers.prefix(sent.count % (headers.count + 1)))
                try producer.send(
                    topic: "things",
                    partition: 0,
                    key: key,
                    value: value,
                    headers: headers,
                    timestamp: 1_600_000_000_000 + Int64(sent.count),
                    token: 0
                )
                sent.append((key, value, headers))
            }
        }
        #expect(producer.flush(timeout: patience).reports.count == sent.count)

        let consumer = try cluster.consumer()
        try consumer.assign([TopicPartition("things", 0): .beginning])
        let records = consumer.read(sent.count)
        try #require(records.count == sent.count)
        for (index, record) in records.enumerated() {
            #expect(record.topic == "things")
            #expect(record.partition == 0)
            #expect(record.offset == Int64(index))
            #expect(record.key == sent[index].key)
            #expect(record.value == sent[index].value)
            #expect(record.headers == sent[index].headers)
            #expect(record.timestamp == Timestamp(milliseconds: 1_600_000_000_000 + Int64(index), kind: .createTime))
        }
        consumer.close()
    }

    @Test("A record without a timestamp of its own gets the time of sending")
    func timestampOfSending() throws {
        let cluster = try LocalCluster()
        let producer = try cluster.producer()
        try producer.send(topic: "now", partition: 0, key: nil, value: [1], headers: [], token: 0)
        #expect(producer.flush(timeout: patience).reports.count == 1)
        let consumer = try cluster.consumer()
        try consumer.assign([TopicPartition("now", 0): .beginning])
        let timestamp = try #require(consumer.read(1).first?.timestamp)
        // Any time after this test was written.
        #expect(timestamp.milliseconds > 1_700_000_000_000)
        consumer.close()
    }

    @Test("Records of several topics, with short and long names, carry the right one")
    func topicNames() throws {
        let names = ["t", "a-topic-with-a-rather-long-name-that-does-not-fit-a-small-string", "another.topic", "u"]
        let cluster = try LocalCluster()
        for name in names { try cluster.fill(TopicPartition(name, 0), count: 3) }
        let consumer = try cluster.consumer()
        let positions = names.map { (TopicPartition($0, 0), Offset.beginning) }
        try consumer.assign(Dictionary(uniqueKeysWithValues: positions))
        let records = consumer.read(12)
        for name in names { #expect(records.filter { $0.topic == name }.map(\.text) == ["0", "1", "2"]) }
        consumer.close()
    }

    @Test("A partition is written as topic[number]")
    func description() {
        #expect("\(TopicPartition("comments", 3))" == "comments[3]")
    }
}
