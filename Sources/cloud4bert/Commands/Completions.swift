// SPDX-License-Identifier: Apache-2.0
import Configuration
import Settings

extension Command {
    static let completions = Command(
        name: "completions",
        arguments: "bash|zsh|fish",
        summary: "write what a shell needs to complete this program's commands, options and settings",
        takesSettings: false,
        usesThreads: false
    ) { invocation in
        guard invocation.arguments.count == 1, let name = invocation.arguments.first else {
            throw UsageError("completions takes one shell: bash, zsh or fish")
        }
        guard let shell = Completions.Shell(rawValue: name) else {
            throw UsageError("there are completions for bash, zsh and fish, not for '\(name)'")
        }
        try Terminal.write(Array(Completions().script(for: shell).utf8))
    }
}

/// Scripts that complete the command line, made of the table of commands and that of settings.
struct Completions {
    enum Shell: String {
        case bash
        case zsh
        case fish
    }

    /// An option as shells need it.
    private struct Word {
        let name: String
        let takesValue: Bool
        /// Words that the value is one of; none where it is anything else.
        let choices: [String]
        let help: String
    }

    func script(for shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    private var commands: [Command] { Cloud4bert.commands }

    private func options(of command: Command) -> [Word] {
        command.options.map { Word(name: $0.name, takesValue: $0.value != nil, choices: [], help: $0.help) }
            + [Word(name: "help", takesValue: false, choices: [], help: "explain the command")]
    }

    /// Options of every command that takes settings.
    private var settings: [Word] {
        let own = [("config", "read settings from a file"), ("model", "short for --model.path")].map { name, help in
            Word(name: name, takesValue: true, choices: [], help: help)
        }
        return own
            + Settings.table.sections.flatMap(\.settings).map { setting in
                let words = setting.range.components(of: " | ")
                let choices = words.count > 1 && words.allSatisfy(\.isWord) ? words : []
                return Word(name: setting.key, takesValue: true, choices: choices, help: setting.help)
            }
    }

    // MARK: bash

    private var bash: String {
        let settings = settings
        let choices = settings.filter { !$0.choices.isEmpty }.map { word in
            "        --\(word.name)) COMPREPLY=($(compgen -W \"\(word.choices.joined(separator: " "))\" -- \"$word\")); return ;;"
        }
        let cases = commands.map { command in
            let words = options(of: command).map { "--\($0.name)" }.joined(separator: " ")
            return "        \(command.name)) words=\"\(words)\(command.takesSettings ? " $settings" : "")\" ;;"
        }
        return """
            # Completions of cloud4bert for bash: source <(cloud4bert completions bash)
            _cloud4bert() {
                local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=
                local settings="\(settings.map { "--\($0.name)" }.joined(separator: " "))"
                if (( COMP_CWORD == 1 )); then
                    COMPREPLY=($(compgen -W "\(names.joined(separator: " "))" -- "$word"))
                    return
                fi
                case $before in
            \(choices.joined(separator: "\n"))
                esac
                case ${COMP_WORDS[1]} in
                    help) COMPREPLY=($(compgen -W "settings \(names.joined(separator: " "))" -- "$word")); return ;;
                    completions) COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")); return ;;
            \(cases.joined(separator: "\n"))
                esac
                if [[ $word == -* ]]; then
                    COMPREPLY=($(compgen -W "$words" -- "$word"))
                else
                    COMPREPLY=($(compgen -f -- "$word"))
                fi
            }
            complete -o filenames -F _cloud4bert cloud4bert

            """
    }

    // MARK: zsh

    private var zsh: String {
        func specification(_ word: Word) -> String {
            let help = word.help.firstSentence.replacing("[", with: "(").replacing("]", with: ")")
            let value =
                !word.takesValue
                ? "" : word.choices.isEmpty ? ":value:_files" : ":value:(\(word.choices.joined(separator: " ")))"
            return "'--\(word.name)[\(help.inSingleQuotes.replacing(":", with: #"\:"#))]\(value)'"
        }
        let cases = commands.map { command in
            let words = options(of: command).map(specification).joined(separator: " ")
            return
                "        \(command.name)) _arguments \(words)\(command.takesSettings ? " $settings" : "") '*:file:_files' ;;"
        }
        let described = commands.map { "'\($0.name):\($0.summary.replacing(":", with: #"\:"#).inSingleQuotes)'" }
        return """
            #compdef cloud4bert
            # Completions of cloud4bert for zsh: cloud4bert completions zsh > ~/.zfunc/_cloud4bert
            _cloud4bert() {
                local -a commands settings
                commands=(\(described.joined(separator: " ")))
                settings=(\(settings.map(specification).joined(separator: "\n        ")))
                if (( CURRENT == 2 )); then
                    _describe command commands
                    return
                fi
                local command=$words[2]
                shift words
                (( CURRENT-- ))
                case $command in
            \(cases.joined(separator: "\n"))
                esac
            }
            if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _cloud4bert "$@"; else compdef _cloud4bert cloud4bert; fi

            """
    }

    // MARK: fish

    private var fish: String {
        func line(_ word: Word, under condition: String) -> String {
            let value =
                !word.takesValue ? "" : word.choices.isEmpty ? " -r" : " -x -a '\(word.choices.joined(separator: " "))'"
            return
                "complete -c cloud4bert -n '\(condition)' -l \(word.name)\(value) -d '\(word.help.firstSentence.forFish)'"
        }
        let seen = { (names: [String]) in "__fish_seen_subcommand_from \(names.joined(separator: " "))" }
        let starts = commands.map {
            "complete -c cloud4bert -f -n __fish_use_subcommand -a \($0.name) -d '\($0.summary.forFish)'"
        }
        let own = commands.flatMap { command in options(of: command).map { line($0, under: seen([command.name])) } }
        let withSettings = commands.filter(\.takesSettings).map(\.name)
        return """
            # Completions of cloud4bert for fish: cloud4bert completions fish > ~/.config/fish/completions/cloud4bert.fish
            \((starts + own + settings.map { line($0, under: seen(withSettings)) }).joined(separator: "\n"))
            complete -c cloud4bert -f -n '\(seen(["help"]))' -a 'settings \(names.joined(separator: " "))'
            complete -c cloud4bert -f -n '\(seen(["completions"]))' -a 'bash zsh fish'

            """
    }

    private var names: [String] { commands.map(\.name) }
}

extension String {
    fileprivate func components(of separator: String) -> [String] { split(separator: separator).map(String.init) }

    /// Whether it is a value that a setting may have, and no description of such.
    fileprivate var isWord: Bool { !isEmpty && allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } }

    /// Up to the first end of a sentence or of a part of it: shells show it on one line.
    fileprivate var firstSentence: String { String(prefix { $0 != "." && $0 != ";" }) }

    /// As it stands between single quotes of zsh.
    fileprivate var inSingleQuotes: String { replacing("'", with: #"'\''"#) }

    /// As it stands between single quotes of fish.
    fileprivate var forFish: String { replacing(#"\"#, with: #"\\"#).replacing("'", with: #"\'"#) }
}
