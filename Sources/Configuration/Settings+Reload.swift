// SPDX-License-Identifier: Apache-2.0
package import Settings

// What a running worker takes over of settings that are read again.
extension Settings {
    /// What goes with a model, and so changes with it: which it is, how it reads texts, and what its scores mean.
    private static let ofModel: [any AnySetting] = [
        modelPath, modelPrecision, modelExit, modelLabelsMap, modelLabelsThresholds, modelVerify,
        textMaxTokens, textTruncation, windowsStride, windowsMax, windowsMerge, unscoredBelow,
        decisionHold, decisionFlag, decisionReview, driftReference, driftWindow,
    ]

    /// Whether a running worker takes a setting over.
    package static func isReloadable(_ key: String) -> Bool { ofModel.contains { $0.key == key } }

    /// These settings with what goes with a model as others have it.
    package func reloaded(from others: Settings) -> Settings { taking(Self.ofModel.map(\.key), from: others) }

    /// The keys under which others say something else, and which a worker takes at its start alone.
    package func needingRestart(for others: Settings) -> [String] {
        let known = Self.table.byKey.mapValues(\.standard)
        return Set(known.keys).union(given.keys).union(others.given.keys)
            .filter { key in
                let texts = [self, others].map { $0.given[key]?.text ?? known[key] }
                return texts[0] != texts[1] && !Self.isReloadable(key) && !others.isSecretInFile(key)
            }.sorted()
    }

    /// Whether a key's value is a secret in a file of its own, which is read again when that changes.
    private func isSecretInFile(_ key: String) -> Bool { files[key] != nil && Self.table.isSecret(key) }

    /// These settings with the secrets that others have read from files.
    package func renewed(from others: Settings) -> Settings {
        taking(others.files.keys.filter(others.isSecretInFile), from: others)
    }

    /// Files of secrets, keys and certificates of Kafka's clients.
    package var clientSecretFiles: [String] {
        let secrets = files.filter { KafkaSettings.isKey($0.key) && isSecretInFile($0.key) }.map(\.value)
        let named = given.filter { key, _ in
            KafkaSettings.isKey(key) && Self.fileProperties.contains(KafkaSettings.name(of: key))
        }
        return Set(secrets + named.map(\.value.text)).sorted()
    }

    /// Properties of librdkafka that name files which it reads when a client is made.
    private static let fileProperties: Set<String> = [
        "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.keystore.location", "ssl.crl.location",
        "sasl.kerberos.keytab",
    ]

    /// The file that `http.token` is read from; nil where it is from none.
    package var tokenFile: String? { files[Self.httpToken.key] }

    /// Keys of what goes with a model and does not come from the settings file, since something else goes before it; and
    /// what that is.
    package var modelOverrides: [(key: String, source: String)] {
        Self.ofModel.compactMap { setting in
            guard let source = given[setting.key]?.source, source.outranksFile else { return nil }
            return (setting.key, source.description)
        }
    }
}
