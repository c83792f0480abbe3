// SPDX-License-Identifier: Apache-2.0

import Kafka
import KafkaTestSupport
import Testing

@Suite struct KafkaErrorTests {
    @Test(
        "An error's kind tells what to do",
        arguments: [
            ("_TRANSPORT", KafkaError.Kind.brokerUnavailable, true), ("_ALL_BROKERS_DOWN", .brokerUnavailable, true),
            ("_RESOLVE", .brokerUnavailable, true), ("_TIMED_OUT", .brokerUnavailable, true),
            ("_MSG_TIMED_OUT", .brokerUnavailable, true), ("REQUEST_TIMED_OUT", .brokerUnavailable, true),
            ("_AUTHENTICATION", .authentication, false), ("_SSL", .authentication, false),
            ("SASL_AUTHENTICATION_FAILED", .authentication, false),
            ("TOPIC_AUTHORIZATION_FAILED", .authorisation, false),
            ("GROUP_AUTHORIZATION_FAILED", .authorisation, false),
            ("_UNKNOWN_PARTITION", .unknownTopicOrPartition, false),
            ("UNKNOWN_TOPIC_OR_PART", .unknownTopicOrPartition, false), ("_QUEUE_FULL", .queueFull, true),
            ("MSG_SIZE_TOO_LARGE", .messageTooLarge, false), ("_MAX_POLL_EXCEEDED", .maxPollExceeded, false),
            ("ILLEGAL_GENERATION", .groupChanged, false), ("UNKNOWN_MEMBER_ID", .groupChanged, false),
            ("FENCED_INSTANCE_ID", .fenced, false), ("PRODUCER_FENCED", .fenced, false),
            ("OFFSET_OUT_OF_RANGE", .offsetOutOfRange, false), ("_PURGE_INFLIGHT", .purged, false),
            ("_INVALID_ARG", .badConfiguration, false), ("NOT_COORDINATOR", .other, true), ("_FATAL", .other, false),
        ]
    )
    func kinds(name: String, kind: KafkaError.Kind, isRetriable: Bool) throws {
        let error = try #require(KafkaError(named: name, during: "test"))
        #expect(error.name == name)
        #expect(error.kind == kind)
        #expect(error.isRetriable == isRetriable)
        #expect(error.isFatal == (name == "_FATAL"))
    }

    @Test("Its text says what was done, why it failed, and the code's name")
    func description() throws {
        let error = try #require(KafkaError(named: "NOT_COORDINATOR", during: "commit of in[0]"))
        #expect(error.description == "commit of in[0]: Broker: Not coordinator (NOT_COORDINATOR)")
    }

    @Test("An unknown name makes no error, and cannot be injected")
    func unknownName() throws {
        #expect(KafkaError(named: "NOPE", during: "test") == nil)
        let cluster = try LocalCluster()
        #expect(throws: KafkaError.self) { try cluster.failNext(.fetch, with: ["NOPE"]) }
    }
}
