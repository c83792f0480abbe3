// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// librdkafka's settings until a client takes them over. It does so only when it starts, which is why this type is
/// noncopyable: the compiler sees that each path either hands them over or destroys them.
struct Configuration: ~Copyable {
    private let pointer: OpaquePointer = rd_kafka_conf_new()

    deinit { rd_kafka_conf_destroy(pointer) }

    /// Sets one property; returns why it could not.
    func set(_ name: String, to value: String) -> KafkaError? {
        // C would read such a text up to the NUL, and so set something else than was asked for.
        guard !name.utf8.contains(0), !value.utf8.contains(0) else {
            return Self.error(name, "a NUL byte is not allowed in a setting")
        }
        return withErrorText { text, capacity in
            guard rd_kafka_conf_set(pointer, name, value, text, capacity) != RD_KAFKA_CONF_OK else { return nil }
            return Self.error(name, Secrets(in: [name: value]).hidden(in: String(cString: text)))
        }
    }

    /// Starts a client. `context` gets its callbacks, and lives at least as long as the client.
    consuming func start(
        _ role: Client.Role,
        settings: [String: String],
        context: ClientContext
    ) throws(KafkaError) -> OpaquePointer {
        let opaque = Unmanaged.passRetained(context)
        rd_kafka_conf_set_opaque(pointer, opaque.toOpaque())
        let verifies = settings["enable.ssl.certificate.verification"] != "false"
        context.install(in: pointer, for: role, verifiesCertificates: verifies)
        let (client, problem) = withErrorText { text, capacity in
            let client = rd_kafka_new(role.type, pointer, text, capacity)
            return (client, client == nil ? Secrets(in: settings).hidden(in: String(cString: text)) : "")
        }
        guard let client else {
            opaque.release()
            // Short of threads or memory is the machine's fault; everything else comes from a setting.
            let code = rd_kafka_last_error()
            let isExhausted = code == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE
            _ = consume self
            throw KafkaError(
                isExhausted ? code : RD_KAFKA_RESP_ERR__INVALID_ARG,
                during: "start of the \(role)",
                reason: problem
            )
        }
        discard self
        return client
    }

    private static func error(_ name: String, _ reason: String) -> KafkaError {
        KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, during: "setting \(name)", reason: reason)
    }
}

/// Lends librdkafka 512 bytes for the text of an error; its own programs use as many.
private func withErrorText<Result>(_ body: (UnsafeMutablePointer<CChar>, Int) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
        text.initialize(repeating: 0)
        guard let start = text.baseAddress else { preconditionFailure("512 bytes have an address") }
        return body(start, text.count)
    }
}
