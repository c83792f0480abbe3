// SPDX-License-Identifier: Apache-2.0

import CRdKafka
import Synchronization

extension Client {
    /// Why librdkafka would not start such a client, each of its settings being good by itself; nil if it would.
    ///
    /// A client is made and ended again. It has no broker's address, so it connects to none.
    static func trial(_ role: Role, settings: [String: String]) -> KafkaError? {
        // It would ask a server for a token as soon as it starts.
        guard settings["sasl.oauthbearer.method"] != "oidc" else { return nil }
        var settings = settings
        for name in ["bootstrap.servers", "metadata.broker.list", "debug", "test.mock.num.brokers"] {
            settings[name] = nil
        }
        let lines = Lines()
        do throws(KafkaError) {
            // A file that is missing is named in the log alone.
            let context = ClientContext(
                watchesJoining: false,
                onLog: { level, _, line in if level <= 3 { lines.all.withLock { $0.append(line) } } }
            )
            _ = try Client(role, settings: settings, context: context, isTried: true)
            return nil
        } catch {
            return error.adding(lines.all.withLock { $0 }.first)
        }
    }
}

private final class Lines: Sendable { let all = Mutex<[String]>([]) }

extension Consumer {
    /// Why librdkafka refuses these settings as a whole; nil if it does not. Connects to no broker.
    public static func problem(with settings: [String: String]) -> KafkaError? {
        Client.trial(.consumer, settings: settings)
    }
}

extension Producer {
    /// Why librdkafka refuses these settings as a whole; nil if it does not. Connects to no broker.
    public static func problem(with settings: [String: String]) -> KafkaError? {
        Client.trial(.producer, settings: settings)
    }
}
