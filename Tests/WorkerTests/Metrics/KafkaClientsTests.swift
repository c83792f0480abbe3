// SPDX-License-Identifier: Apache-2.0
import Kafka
import Testing

@testable import Worker

@Suite struct KafkaClientsTests {
    private func statistics(sent: Int, p99: Int = 2_000, fetched: Int = 0, group: String = "") -> [UInt8] {
        let broker = """
            "nodeid":1,"state":"UP","outbuf_cnt":1,"waitresp_cnt":2,"txerrs":3,"rxerrs":1,"txretries":5,\
            "req_timeouts":6,"disconnects":7,"rtt":{"min":1,"avg":1000,"p99":\(p99)}
            """
        return Array(
            """
            {"name":"x","msg_cnt":4,"msg_size":400,"tx_bytes":\(sent),"rx_bytes":20,"new_field":{"a":[1]},\
            "brokers":{"h:1/1":{"source":"configured",\(broker)},"GroupCoordinator":{"source":"logical",\(broker)}},\
            "topics":{"in_topic":{"partitions":{"0":{"fetchq_cnt":\(fetched),"fetchq_size":10},\
            "-1":{"fetchq_cnt":0,"fetchq_size":0}}}}\(group)}
            """.utf8
        )
    }

    private func lines(_ clients: KafkaClients) -> [Substring] {
        var text = MetricsText()
        clients.write(to: &text)
        return text.text.split(separator: "\n")
    }

    @Test("Clients of one role add up, a broker that stands for another one is not counted, and latency is the slowest")
    func sums() {
        let clients = KafkaClients()
        let group = #","cgrp":{"state":"up","rebalance_age":1500,"rebalance_cnt":2}"#
        clients.handler(.consumer, of: 0)(statistics(sent: 10, fetched: 30, group: group))
        clients.handler(.consumer, of: 1)(statistics(sent: 5, p99: 9_000, group: group))
        clients.handler(.producer, of: 0)(statistics(sent: 100))
        let lines = lines(clients)
        for line in [
            #"cloud4bert_kafka_sent_bytes_total{client="consumer"} 15"#,
            #"cloud4bert_kafka_sent_bytes_total{client="producer"} 100"#,
            #"cloud4bert_kafka_queue_messages{client="consumer"} 38"#,
            #"cloud4bert_kafka_broker_latency_p99_seconds{client="consumer",broker="1"} 0.009"#,
            #"cloud4bert_kafka_broker_latency_average_seconds{client="producer",broker="1"} 0.001"#,
            #"cloud4bert_kafka_broker_errors_total{client="consumer",broker="1"} 8"#,
            #"cloud4bert_kafka_broker_waiting_requests{client="producer",broker="1"} 3"#,
            "cloud4bert_kafka_group_rebalances_total 4", "cloud4bert_kafka_group_rebalance_age_seconds 1.5",
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
    }

    @Test("What a client tells takes the place of what it told before, and what is not as documented is left out")
    func replaced() {
        let clients = KafkaClients()
        #expect(lines(clients).isEmpty)
        let tell = clients.handler(.producer, of: 0)
        tell(Array("{}".utf8))
        #expect(lines(clients).isEmpty)
        tell(statistics(sent: 1))
        #expect(lines(clients).contains(#"cloud4bert_kafka_sent_bytes_total{client="producer"} 1"#))
        tell(statistics(sent: 2))
        #expect(lines(clients).contains(#"cloud4bert_kafka_sent_bytes_total{client="producer"} 2"#))
    }
}
