// SPDX-License-Identifier: Apache-2.0
import Foundation
import Settings
import Testing

@testable import Configuration

/// Where settings come from: files, secrets' files and the environment.
@Suite struct SettingsSourcesTests {
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    private func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        let path = directory.appending(path: name)
        try Data(bytes).write(to: path)
        return path.path
    }

    private func problems(
        file: String? = nil,
        environment: [String: String] = [:],
        malformed: Set<String> = [],
        flags: [(key: String, value: String)] = []
    ) -> [String] {
        do throws(SettingsError) {
            _ = try Settings(file: file, environment: environment, malformed: malformed, flags: flags)
            return []
        } catch {
            return error.problems
        }
    }

    @Test(
        "One line end is taken off a secret, of whatever system, and a byte order mark",
        arguments: [
            ("s", "s"), ("s\n", "s"), ("s\r\n", "s"), ("s\r", "s"), ("s\n\n", "s\n"), ("s\r\n\r\n", "s\r\n"),
            (" s \n", " s "), ("\u{FEFF}s\r\n", "s"), ("\n", ""),
        ]
    )
    func secrets(content: String, secret: String) throws {
        let path = try file("secret", content.utf8)
        let settings = try Settings(file: nil, environment: [:], flags: [("kafka.sasl.password.file", path)])
        #expect(settings.given["kafka.sasl.password"].map { Array($0.text.utf8) } == Array(secret.utf8))
    }

    @Test("A settings file may begin with a byte order mark; UTF-16 is refused by name, and so is what cannot be read")
    func encodings() throws {
        let marked = try file("marked", "\u{FEFF}group.id = x\n".utf8)
        #expect(try Settings(file: marked, environment: [:], flags: []).given["group.id"]?.text == "x")
        for (name, encoding) in [("little", String.Encoding.utf16LittleEndian), ("big", .utf16BigEndian)] {
            let bytes = try #require("group.id = x\n".data(using: encoding))
            let marked = try #require("\u{FEFF}group.id = x\n".data(using: encoding))
            for path in [try file(name, bytes), try file(name + "-marked", marked)] {
                #expect(problems(file: path).first?.contains("UTF-16") == true)
                #expect(problems(flags: [("group.id.file", path)]).first?.contains("UTF-16") == true)
            }
        }
        #expect(problems(file: directory.path).first?.contains("Is a directory") == true)
        #expect(problems(file: directory.path + "/none").first?.contains("No such file") == true)
        #expect(problems(flags: [("group.id.file", directory.path)]).first?.contains("Is a directory") == true)
    }

    @Test("A password keeps the white space at its end, which no other value has")
    func whiteSpace() throws {
        let path = try file("file", "kafka.sasl.password = p \ngroup.id = g \nkafka.client.id = c\t\n".utf8)
        let given = try Settings(file: path, environment: [:], flags: []).given
        #expect(given["kafka.sasl.password"]?.text == "p ")
        #expect(given["group.id"]?.text == "g" && given["kafka.client.id"]?.text == "c")
    }

    @Test("Malformed escapes, empty keys and keys set twice are listed with their lines")
    func malformed() throws {
        let path = try file("file", "\ngroup.id = \\u12\n= x\nlog.level = info\nlog.level.file = y\n".utf8)
        let found = problems(file: path)
        #expect(found.contains { $0.hasPrefix("\(path):2:") } && found.contains { $0.hasPrefix("\(path):3:") })
        #expect(found.contains { $0.contains("set twice, in lines 4 and 5") })
    }

    @Test("A variable that is not UTF-8 is refused where it is wanted, by its name, and nowhere else")
    func malformedVariables() throws {
        let names: Set = ["CLOUD4BERT_GROUP_ID", "CLOUD4BERT_ISA", "CLOUD4BERT_TEST_LOG", "OTHER"]
        let file = try file("file", "group.id = ${OTHER:g}\n".utf8)
        let found = problems(file: file, malformed: names)
        #expect(found.count == 3, "\(found)")
        for name in ["CLOUD4BERT_GROUP_ID", "CLOUD4BERT_ISA", "OTHER"] {
            #expect(found.contains { $0.contains(name) && $0.contains("not UTF-8") })
        }
        #expect(problems(malformed: ["OTHER", "CLOUD4BERT_TEST_LOG"]) == [])
    }

    @Test("A flag wins over a secret's file that the environment names, and the other way round")
    func precedence() throws {
        let path = try file("group", "from-file".utf8)
        let flag = try Settings(
            file: nil,
            environment: ["CLOUD4BERT_GROUP_ID_FILE": path],
            flags: [("group.id", "flag")]
        )
        #expect(flag.given["group.id"]?.text == "flag")
        let variable = try Settings(
            file: nil,
            environment: ["CLOUD4BERT_GROUP_ID": "variable"],
            flags: [("group.id.file", path)]
        )
        #expect(variable.given["group.id"]?.text == "from-file")
    }

    @Test(
        "What an orchestrator puts into the environment for a service of this name is no setting",
        arguments: ["CLOUD4BERT", "CLOUD4BERT_WORKER", "CLOUD4BERT_KAFKA", "CLOUD4BERT_HTTP_ADDRESS"]
    )
    func serviceLinks(service: String) {
        let environment = [
            "SERVICE_HOST": "10.0.0.7", "SERVICE_PORT": "9464", "SERVICE_PORT_HTTP": "9464",
            "SERVICE_PORT_HTTP_METRICS": "9464", "PORT": "tcp://10.0.0.7:9464", "PORT_9464_TCP": "tcp://10.0.0.7:9464",
            "PORT_9464_TCP_PROTO": "tcp", "PORT_9464_TCP_PORT": "9464", "PORT_9464_TCP_ADDR": "10.0.0.7",
            "PORT_53_UDP": "udp://10.0.0.7:53", "NAME": "/web/cloud4bert", "ENV_PATH": "/bin", "ENV_A_B": "",
        ]
        let prefixed = Dictionary(uniqueKeysWithValues: environment.map { ("\(service)_\($0)", $1) })
        #expect(problems(environment: prefixed) == [])
    }

    @Test(
        "Any other variable that begins like a setting is refused",
        arguments: [
            ("CLOUD4BERT_BATCH_MAX_TOKEN", "7"), ("CLOUD4BERT_PORT", "9464"), ("CLOUD4BERT_NAME", "worker"),
            ("CLOUD4BERT_HTTP_PORT", "9464"), ("CLOUD4BERT_MODEL_ENV_X", "y"), ("CLOUD4BERT_HOST", "x"),
        ]
    )
    func unknown(name: String, value: String) {
        #expect(problems(environment: [name: value]).first?.contains(name) == true)
        #expect(problems(environment: ["CLOUD4BERT_ISA": "scalar", "CLOUD4BERT_CONFIG": "/x"]) == [])
    }
}
