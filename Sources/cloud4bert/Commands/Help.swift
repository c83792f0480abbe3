// SPDX-License-Identifier: Apache-2.0
import Configuration
import Settings

extension Command {
    static let help = Command(
        name: "help",
        arguments: "[COMMAND]",
        summary: "explain the program, a command, or with 'settings' all settings",
        takesSettings: false,
        usesThreads: false
    ) { invocation in
        switch invocation.arguments.first {
        case nil: try Terminal.line(Help.overview)
        case "settings": try Terminal.line(Settings.reference)
        case let name?:
            guard let command = Cloud4bert.commands.first(where: { $0.name == name }) else {
                throw UsageError(unknown: name)
            }
            try Terminal.line(Help.text(of: command))
        }
    }
}

extension UsageError {
    /// For a name that is no command's.
    init(unknown name: String) {
        let meant = nearest(to: name, among: Cloud4bert.commands.map(\.name))
        self.init("there is no command '\(name)'" + (meant.map { "; did you mean \($0)?" } ?? ""))
    }
}

/// The help texts.
enum Help {
    static var overview: String {
        let width = Cloud4bert.commands.map(\.name.count).max() ?? 0
        let rows = Cloud4bert.commands.map { command in
            "  \(command.name)\(String(repeating: " ", count: width - command.name.count))  \(command.summary)"
        }
        return """
            cloud4bert tags the texts of Kafka topics with their sentiment, on the CPU.

            Usage: cloud4bert COMMAND [OPTIONS] [ARGUMENTS]

            \(rows.joined(separator: "\n"))

            Every setting is an option too: --batch.max.tokens 4096. '--model DIR' is short for '--model.path DIR',
            '--config FILE' reads settings from a file. 'cloud4bert help settings' lists them all.

            \(signals)

            \(exitCodes)
            """
    }

    private static let signals = """
        Signals to a worker: TERM and INT stop it when what is in flight is done, HUP has it read its settings again and
        take the model that they name by now, USR1 has it log where everything is.
        """

    static let exitCodes = """
        Exit codes: 0 done, 64 usage, 65 bad data, 66 input or model missing, 69 broker unavailable,
        70 internal, 74 output, 75 try again, 77 not authorised, 78 settings.
        """

    static func text(of command: Command) -> String {
        let options = command.options.map { option in
            "  --\(option.name)\(option.value.map { " \($0)" } ?? "")\n      \(option.help)"
        }
        let usage = ["Usage: cloud4bert", command.name, "[OPTIONS]", command.arguments].filter { !$0.isEmpty }
        return
            ([usage.joined(separator: " "), "", "\(command.name): \(command.summary)"]
            + (command.examples.isEmpty
                ? [] : ["", "Examples:"] + command.examples.map { "  cloud4bert \(command.name) \($0)" })
            + (options.isEmpty ? [] : ["", "Options:"] + options)
            + (command.takesSettings ? ["", "Settings are options too; 'cloud4bert help settings' lists them."] : []))
            .joined(separator: "\n")
    }
}
