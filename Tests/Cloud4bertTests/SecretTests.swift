// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// A password's way through the program, which leaves no trace.
@Suite struct SecretTests {
    private let secret = "hunter2-hunter2"
    private let settings = [
        "--bootstrap.servers", "127.0.0.1:1", "--input.topics", "in", "--output.topic", "out", "--http.address",
        "127.0.0.1:0", "--kafka.security.protocol", "SASL_PLAINTEXT", "--kafka.sasl.mechanism", "PLAIN",
        "--kafka.sasl.username", "u",
    ]

    private func isSilent(_ outcome: Program.Outcome) -> Bool {
        !outcome.output.contains("hunter2") && !outcome.complaint.contains("hunter2")
    }

    @Test(
        "A secret as a flag is refused, with the ways to hand it over, and not repeated",
        arguments: [
            "kafka.sasl.password", "kafka.ssl.key.password", "kafka.consumer.sasl.password", "kafka.ssl.key.pem",
            "kafka.sasl.oauthbearer.client.secret", "kafka.sasl.oauthbearer.config",
        ]
    )
    func flags(key: String) throws {
        for flag in [["--\(key)", secret], ["--\(key)=\(secret)"]] {
            let outcome = try Program.run(["check"] + settings + flag)
            #expect(outcome.exitCode == 78 && isSilent(outcome))
            #expect(outcome.complaint.contains("--\(key).file") && outcome.complaint.contains("CLOUD4BERT_KAFKA_"))
        }
    }

    @Test("From a file, the environment or the settings file it is taken, and shown as stars")
    func ways() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let (file, config) = (directory.appending(path: "password"), directory.appending(path: "worker.properties"))
        try Data("\(secret)\n".utf8).write(to: file)
        try Data("kafka.sasl.password = ${PASSWORD}\n".utf8).write(to: config)
        let outcomes = [
            try Program.run(["check"] + settings + ["--kafka.sasl.password.file", file.path]),
            try Program.run(["check"] + settings, environment: ["CLOUD4BERT_KAFKA_SASL_PASSWORD": secret]),
            try Program.run(
                ["check"] + settings,
                environment: ["CLOUD4BERT_KAFKA_SASL_PASSWORD_FILE": file.path]
            ),
            try Program.run(["check", "--config", config.path] + settings, environment: ["PASSWORD": secret]),
        ]
        for outcome in outcomes {
            #expect(outcome.exitCode == 0 && isSilent(outcome), "\(outcome)")
            #expect(outcome.output.contains("kafka.sasl.password = ***"))
        }
    }

    @Test(
        "No command that fails with a secret says it, however much it says",
        arguments: ["worker", "audit", "check", "dead-letters"]
    )
    func failures(command: String) throws {
        let model = ["--model", Program.model("bert-classifier"), "--log.level", "debug", "--kafka.debug", "all"]
        let arguments =
            switch command {
            case "check": ["check", "--connect"] + model
            case "worker": ["worker"] + model
            case "dead-letters": ["dead-letters", "list", "--kafka.debug", "all"]
            default: [command, "--kafka.debug", "all"]
            }
        let environment = [
            "CLOUD4BERT_KAFKA_SASL_PASSWORD": secret, "CLOUD4BERT_KAFKA_SASL_OAUTHBEARER_CONFIG": secret,
        ]
        let outcome = try Program.run(arguments + settings, environment: environment)
        #expect(outcome.exitCode == 69 && isSilent(outcome), "\(outcome)")
        #expect(command != "worker" || outcome.complaint.contains(" debug librdkafka "), "\(outcome)")
        let bad = try Program.run(
            arguments + settings + ["--kafka.sasl.mechanism", "NONE"],
            environment: environment.merging(["CLOUD4BERT_KAFKA_SSL_KEY_PEM": secret]) { $1 }
        )
        #expect(bad.exitCode != 0 && isSilent(bad), "\(bad)")
    }
}
