// SPDX-License-Identifier: Apache-2.0
import Configuration
import Settings

/// One command of the program.
struct Command: Sendable {
    /// An option that only this command has; settings are options of every command that has `takesSettings`.
    struct Option: Sendable {
        let name: String
        /// What its value is called in the help; nil for an option without a value.
        let value: String?
        let help: String
        /// The path that `-` stands for in the place of a file; nil where it stands for none.
        let dash: String?

        init(_ name: String, _ value: String? = nil, _ help: String, dash: String? = nil) {
            self.name = name
            self.value = value
            self.help = help
            self.dash = dash
        }
    }

    let name: String
    /// What may stand after the options, as the help shows it.
    var arguments = ""
    let summary: String
    /// Command lines that its help shows, without the program's name and its own.
    var examples: [String] = []
    var options: [Option] = []
    var takesSettings = true
    /// Whether it computes or speaks to Kafka, which takes more threads than one.
    var usesThreads = true
    let run: @Sendable (Invocation) async throws -> Void

    /// What `arguments` is where they are texts of any kind, `-h` too.
    static let texts = "[TEXT…]"

    var takesTexts: Bool { arguments == Self.texts }

    /// Refuses a name that is no option's and no setting's, unless a setting may have been meant: those have errors of
    /// their own.
    fileprivate func refuse(unknown name: String) throws {
        let own = options.map(\.name) + ["help"]
        let others = takesSettings ? Settings.table.byKey.keys + ["config", "model"] : []
        guard !others.contains(name) else { return }
        let meant = nearest(to: name, among: own + others)
        guard !takesSettings || meant.map(own.contains) == true else { return }
        throw UsageError("'\(self.name)' has no option --\(name)" + (meant.map { "; did you mean --\($0)?" } ?? ""))
    }
}

/// A command with the options and arguments that it was called with.
struct Invocation: Sendable {
    /// What stands on the command line besides options.
    private(set) var arguments: [String] = []
    private var options: [String: [String]] = [:]
    private var settingFlags: [(key: String, value: String)] = []
    private var configFile: String?
    /// Whether the command is to be explained and not run.
    private(set) var asksForHelp = false

    /// Sorts the words of a command line. `--name value` and `--name=value` are the same; `--` ends the options.
    ///
    /// All options begin with two dashes. `-h` alone is known as well, but in the place of a text it is one.
    init(command: Command, arguments words: [String]) throws {
        let isLone = words.count == 1
        var words = words[...]
        while let word = words.popFirst() {
            if word == "--help" || word == "-h" && (isLone || !command.takesTexts) {
                asksForHelp = true
                return
            }
            guard word.hasPrefix("--"), word != "--" else {
                arguments += word == "--" ? Array(words) : [word]
                if word == "--" { break }
                continue
            }
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard !name.isEmpty else { throw UsageError("'\(word)' names no option") }
            let option = command.options.first { $0.name == name }
            if option == nil { try command.refuse(unknown: name) }
            if let option, option.value == nil {
                guard parts.count == 1 else { throw UsageError("--\(name) takes no value") }
                options[name] = [""]
                continue
            }
            guard let value = parts.count == 2 ? String(parts[1]) : words.popFirst() else {
                throw UsageError("--\(name) needs a value")
            }
            // A setting may be empty.
            guard !value.isEmpty || option == nil && name != "config" else {
                throw UsageError("--\(name) needs a value")
            }
            switch (option, name) {
            case (let option?, _): options[name, default: []].append(value == "-" ? option.dash ?? value : value)
            case (nil, "config"): configFile = value
            case (nil, "model"): settingFlags.append(("model.path", value))
            case (nil, _): settingFlags.append((name, value))
            }
        }
    }

    /// The settings of the file, the environment and the flags. A command may bring settings of its own, which win.
    ///
    /// - Parameters:
    ///   - isForWorker: whether what a worker cannot run with is wrong too.
    ///   - checksModels: whether what shows to be wrong in the models' directories is wrong too.
    func settings(
        with own: [(key: String, value: String)] = [],
        isForWorker: Bool = false,
        checksModels: Bool = false
    ) throws -> Settings {
        let environment = Environment.all
        return try Settings(
            file: configFile ?? environment["CLOUD4BERT_CONFIG"],
            environment: environment,
            malformed: Environment.malformed,
            flags: settingFlags + own,
            spelling: { "--\($0)" },
            isForWorker: isForWorker,
            checksModels: checksModels
        )
    }

    /// The settings as words of a command line, for another process of this program; `standard` are those that stand
    /// where nothing else was given.
    func settingArguments(standard: [(key: String, value: String)]) -> [String] {
        let flags = standard.filter { own in !settingFlags.contains { $0.key == own.key } } + settingFlags
        return (configFile.map { ["--config=\($0)"] } ?? []) + flags.map { "--\($0.key)=\($0.value)" }
    }

    /// Whether an option without a value was given.
    func has(_ option: String) -> Bool { options[option] != nil }

    /// The value of an option, if it was given; the last, if it was given again.
    func value(_ option: String) -> String? { options[option]?.last }

    /// The values of an option that may be given several times, in their order.
    func values(_ option: String) -> [String] { options[option] ?? [] }

    /// The names that an option gives, separated by commas or by giving it several times; none if it was not given.
    func list(_ option: String) throws -> [String] {
        let names = values(option).flatMap { $0.split(separator: ",").map(String.init) }
        guard !names.isEmpty || !has(option) else {
            throw UsageError("--\(option) names nothing; name one, or leave it out")
        }
        return names
    }

    /// The numbers that an option gives.
    func numbers<Number: FixedWidthInteger>(_ option: String) throws -> [Number] {
        try list(option).map { text in
            guard let number = Number(text), number >= 0 else {
                throw UsageError("--\(option) takes whole numbers, not '\(text)'")
            }
            return number
        }
    }

    /// The whole number that an option gives.
    func integer(_ option: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = value(option) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw UsageError(
                "--\(option) takes a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'"
            )
        }
        return value
    }

    /// The number that an option gives.
    func number(_ option: String, in range: ClosedRange<Double>) throws -> Double? {
        guard let text = value(option) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw UsageError(
                "--\(option) takes a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'"
            )
        }
        return value
    }

    /// The word of a closed set that an option gives.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ option: String, _: Choice.Type) throws -> Choice? {
        guard let text = value(option) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("--\(option) takes one of \(words), not '\(text)'")
        }
        return choice
    }

    /// For commands that take no arguments.
    func refuseArguments() throws {
        if let word = arguments.first { throw UsageError("'\(word)' is one word too many") }
    }
}
