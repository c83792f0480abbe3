// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// Watches requests go by, to know what librdkafka does not tell: whether the consumer is joining its group.
extension ClientContext {
    /// Requests by their API keys in Kafka's protocol.
    private static let (joinGroup, syncGroup): (Int16, Int16) = (11, 14)

    /// Has librdkafka show each request and each response of the client that will be made of `configuration`.
    func watchJoining(in configuration: OpaquePointer) {
        // Fails only where the same name is added twice.
        _ = rd_kafka_conf_interceptor_add_on_new(
            configuration,
            "joining",
            { client, _, opaque, _, _ in
                guard let client else { return RD_KAFKA_RESP_ERR__INVALID_ARG }
                let code = rd_kafka_interceptor_add_on_request_sent(
                    client,
                    "joining",
                    { _, _, _, _, request, _, _, _, opaque in
                        if request == ClientContext.joinGroup { ClientContext.from(opaque).isJoining = true }
                        return RD_KAFKA_RESP_ERR_NO_ERROR
                    },
                    opaque
                )
                guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return code }
                return rd_kafka_interceptor_add_on_response_received(
                    client,
                    "joining",
                    { _, _, _, _, request, _, _, _, _, _, opaque in
                        if request == ClientContext.syncGroup { ClientContext.from(opaque).isJoining = false }
                        return RD_KAFKA_RESP_ERR_NO_ERROR
                    },
                    opaque
                )
            },
            // The client holds this context for as long as it can call back.
            Unmanaged.passUnretained(self).toOpaque()
        )
    }
}
