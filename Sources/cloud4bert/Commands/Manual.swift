// SPDX-License-Identifier: Apache-2.0
import Configuration
import Settings

extension Command {
    static let manual = Command(
        name: "man",
        summary: "write the manual page: man -l <(cloud4bert man)",
        takesSettings: false,
        usesThreads: false
    ) { invocation in
        try invocation.refuseArguments()
        try Terminal.write(Array(Manual.page.utf8))
    }
}

/// The manual page in the language of man(7), made of the table of commands and that of settings.
enum Manual {
    static var page: String {
        let commands = Cloud4bert.commands.map { command in
            let usage = ["cloud4bert", command.name, command.arguments].filter { !$0.isEmpty }.joined(separator: " ")
            let options = command.options.map { option in
                ".RS\n.TP\n.B \(text("--" + option.name))\(option.value.map { " " + text($0) } ?? "")\n\(text(option.help))\n.RE"
            }
            return ([".TP", ".B \(text(usage))", text(command.summary)] + options).joined(separator: "\n")
        }
        let settings = Settings.table.sections.map { heading, settings in
            let entries = settings.map { setting in
                let standard = setting.standard.isEmpty ? "nothing" : setting.standard
                return
                    ".TP\n.B \(text(setting.key))\n\(text(setting.help))\n(\(text(setting.range)); \(text(standard)) unless said)"
            }
            return ".SS \(text(heading))\n" + entries.joined(separator: "\n")
        }
        return """
            .TH CLOUD4BERT 1 "" "cloud4bert \(Version.number)" "User Commands"
            .SH NAME
            cloud4bert \\- tag the texts of Kafka topics with their sentiment, on the CPU
            .SH SYNOPSIS
            .B cloud4bert
            COMMAND [OPTIONS] [ARGUMENTS]
            .SH COMMANDS
            \(commands.joined(separator: "\n"))
            .SH SETTINGS
            Each is an option (\\-\\-batch.max.tokens 4096), a variable (CLOUD4BERT_BATCH_MAX_TOKENS), or a line of the file that
            .B \\-\\-config
            names; the first of these that says something counts. What begins with kafka. goes to librdkafka.
            \(settings.joined(separator: "\n"))
            .SH SIGNALS
            .TP
            .B SIGTERM, SIGINT
            The worker finishes what it has in flight, commits it and leaves its group; the second one ends it at once.
            .TP
            .B SIGHUP
            The worker reads its settings again, and the model that they name takes over without anything being lost; if
            something is wrong with it, the one in use stays. The log tells what came of it.
            .TP
            .B SIGUSR1
            The worker writes its state as a line of its log; a replay says how far it is.
            .SH EXIT STATUS
            \(text(Help.exitCodes))

            """
    }

    /// A text of which nothing is a request or an escape, and whose hyphens may be copied.
    private static func text(_ text: String) -> String {
        let escaped = text.replacing(#"\"#, with: #"\e"#).replacing("-", with: #"\-"#)
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? #"\&"# + escaped : escaped
    }
}
