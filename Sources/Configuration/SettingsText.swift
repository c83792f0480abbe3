// SPDX-License-Identifier: Apache-2.0
public import Settings

/// Settings as people read them.
extension Settings {
    /// The configuration file with every setting at its default, which `config/worker.properties` is.
    public static var template: String {
        var text = """
            # Settings of `cloud4bert worker --config FILE`. Every line that is commented out shows the default.
            #
            # The same key is a flag (--batch.max.tokens 4096) and an environment variable
            # (CLOUD4BERT_BATCH_MAX_TOKENS=4096); flags win over the environment, and that over this file.
            # ${NAME} and ${NAME:default} take variables in. A key with .file behind it reads its value from a file.
            # Written by `cloud4bert check --template`.

            """
        for (heading, settings) in table.sections {
            text += "\n# ---- \(heading) ----\n"
            for setting in settings {
                text += "\n# \(setting.help)\n# (\(setting.range))\n#\(setting.key) = \(setting.standard)\n"
            }
        }
        text += """

            # ---- librdkafka ----

            # Anything else of librdkafka, for both clients (kafka.), the consumer or the producer alone. TLS and SASL:
            #kafka.security.protocol = SASL_SSL
            #kafka.sasl.mechanism = SCRAM-SHA-512
            #kafka.sasl.username = cloud4bert
            #kafka.sasl.password.file = /run/secrets/kafka-password
            #kafka.ssl.ca.location = /etc/ssl/certs/ca-certificates.crt
            #kafka.consumer.session.timeout.ms = 45000
            #kafka.producer.compression.type = lz4

            """
        return text
    }

    /// All settings with what they are and where that comes from, a line each; secrets are starred.
    public var summary: String {
        let lines = inForce.map { "\($0.key) = \($0.text)  (\($0.source))" }
        let leftOut = InputTopics(settings: self).leftOut.joined(separator: ", ")
        let remark = leftOut.isEmpty ? [] : ["input.topics leaves out what the worker writes to: \(leftOut)"]
        return (lines + remark).joined(separator: "\n")
    }

    /// All settings with their values and where these come from; secrets are starred.
    package var inForce: [(key: String, text: String, source: String)] {
        let known = Self.table.sections.flatMap(\.settings).map { setting in
            if let derived = derived[setting.key] {
                return (key: setting.key, text: derived.text, source: derived.reason)
            }
            let (text, source) = given[setting.key] ?? (setting.standard, Self.standard)
            return (key: setting.key, text: setting.isSecret && !text.isEmpty ? "***" : text, source: "\(source)")
        }
        let kafka = given.filter { KafkaSettings.isKey($0.key) }.sorted { $0.key < $1.key }.map { key, value in
            (key: key, text: KafkaSettings.isSecret(key) ? "***" : value.text, source: "\(value.source)")
        }
        let following = derived.filter { KafkaSettings.isKey($0.key) }.sorted { $0.key < $1.key }.map { key, value in
            (key: key, text: value.text, source: value.reason)
        }
        return known + kafka + following
    }

    /// Keys with their range, default and help, as `help` shows them.
    public static var reference: String {
        table.sections.map { heading, settings in
            "\(heading):\n"
                + settings.map { setting in
                    let standard = setting.standard.isEmpty ? "" : " [\(setting.standard)]"
                    return "  --\(setting.key)\(standard)\n      \(setting.help)\n      (\(setting.range))"
                }.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}
