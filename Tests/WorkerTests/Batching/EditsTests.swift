// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct EditsTests {
    private final class Version {}

    private func comment(_ key: String, partition: Int32 = 0) -> Edits<Version>.Comment {
        Edits.Comment(partition: TopicPartition(topic: "in", partition: partition), key: Array(key.utf8))
    }

    @Test("A version takes the place of the one that waits, in its partition, and of none that has begun")
    func waits() {
        var edits = Edits<Version>()
        let versions = (0..<5).map { _ in Version() }
        #expect(edits.wait(versions[0], as: comment("a")) == nil)
        #expect(edits.wait(versions[1], as: comment("b")) == nil)
        #expect(edits.wait(versions[2], as: comment("a", partition: 1)) == nil)
        #expect(edits.wait(versions[3], as: comment("a")) === versions[0])
        // One that was superseded does not end the newer one's wait.
        edits.end(versions[0], as: comment("a"))
        #expect(edits.count == 3)
        edits.end(versions[3], as: comment("a"))
        #expect(edits.wait(versions[4], as: comment("a")) == nil)
        for (version, comment) in [(4, comment("a")), (1, comment("b")), (2, comment("a", partition: 1))] {
            edits.end(versions[version], as: comment)
        }
        #expect(edits.count == 0)
    }

    @Test("A version that comes after a newer one gives way to it")
    func older() {
        var edits = Edits<Version>()
        let (newer, older) = (Version(), Version())
        #expect(edits.wait(newer, as: comment("a")) == nil)
        #expect(edits.wait(older, as: comment("a"), unless: { $0 === newer }) === older)
        edits.end(older, as: comment("a"))
        #expect(edits.count == 1)
    }

    @Test(
        "A record says of which comment it is a version by a value, a header or its key",
        arguments: [
            ("key", "key"), ("/id", "7"), ("/name", "seven"), ("/empty", nil), ("/null", nil), ("/none", nil),
            ("header:thread", "t"), ("header:none", nil),
        ]
    )
    func identity(key: String, found: String?) throws {
        let record = testRecord(
            #"{"id":7,"name":"seven","empty":"","null":null}"#,
            headers: [Header("thread", "s"), Header("thread", "t")]
        )
        let identity = EditIdentity(key: try #require(EditKey(key)), prefix: .none)
        #expect(identity(record) == found.map { Array($0.utf8) })
        #expect(identity(testRecord("{")) == (key == "key" ? Array("key".utf8) : nil))
    }

    @Test("Keys and headers are told apart by their bytes, whether they are UTF-8 or not")
    func bytes() throws {
        let header = Header(name: "thread", value: [0xFF, 0x01])
        let record = Record(
            topicPartition: TopicPartition(topic: "in", partition: 0),
            offset: 0,
            key: [0x00, 0xFE],
            value: nil,
            headers: [header]
        )
        #expect(EditIdentity(key: .key, prefix: .none)(record) == [0x00, 0xFE])
        #expect(EditIdentity(key: try #require(EditKey("header:thread")), prefix: .none)(record) == [0xFF, 0x01])
    }

    @Test("A replay tags every version, so that each run writes the same")
    func replay() throws {
        let settings = try testSettings(["edits.key": "key"])
        let output = Output(settings: settings)
        #expect(Preparation(settings: settings, output: output).edits != nil)
        #expect(Preparation(settings: settings, output: output, isReplay: true).edits == nil)
    }
}
