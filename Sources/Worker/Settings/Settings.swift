// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials

/// What the worker is told: from flags, the environment and a file, in this order of precedence, and defaults.
///
/// A key `batch.max.tokens` is the flag `--batch.max.tokens` and the variable `CLOUD4BERT_BATCH_MAX_TOKENS`. Keys that
/// begin with `kafka.` go to librdkafka without that prefix: `kafka.consumer.` to the consumer alone, `kafka.producer.`
/// to the producer. Any key with `.file` behind it takes its value from the file named, as secrets are handed over.
public struct Settings: Sendable {
    /// Where a value comes from.
    struct Source: Sendable, Equatable, CustomStringConvertible {
        let description: String
    }

    private var values: [String: any Sendable] = [:]
    /// What was set, by key, with its source; `kafka.` keys too.
    private(set) var given: [String: (text: String, source: Source)] = [:]
    /// Defaults that follow other settings, by key.
    var derived: [String: Derived] = [:]

    /// Reads all settings.
    ///
    /// - Parameters:
    ///   - isForWorker: what a worker cannot run with is wrong too.
    ///   - file: path of a `.properties` file, if there is one.
    ///   - environment: variables; those that begin with `CLOUD4BERT_` are settings.
    ///   - flags: keys and values of the command line; of two for one key the later one wins.
    /// - Throws: `SettingsError` with everything that is wrong.
    public init(
        file: String?,
        environment: [String: String],
        flags: [(key: String, value: String)],
        isForWorker: Bool = false
    ) throws(SettingsError) {
        var reader = SettingsReader(environment: environment)
        if let file { reader.read(file: file) }
        reader.readEnvironment()
        for (key, value) in flags { reader.set(flag: key, value) }
        reader.resolveFiles()
        given = reader.given
        for setting in Self.byKey.values {
            let (text, source) = given[setting.key] ?? (setting.standard, Source(description: "default"))
            if let value = setting.value(of: text) {
                values[setting.key] = value
            } else {
                reader.problems.append("\(setting.key): '\(text)' (\(source)) is not \(setting.range)")
                // Everything else can be looked at with the default.
                given[setting.key] = nil
                values[setting.key] = setting.value(of: setting.standard)
            }
        }
        for (key, problem) in propertyProblems() {
            reader.problems.append(problem)
            given[key] = nil
        }
        deriveDefaults()
        if isForWorker { reader.problems += workerProblems() }
        guard reader.problems.isEmpty else { throw SettingsError(problems: reader.problems.sorted()) }
    }

    /// Puts another value in the place of a setting's default.
    mutating func replaceDefault<Value>(of setting: Setting<Value>, by value: Value) { values[setting.key] = value }

    /// The value of a setting.
    subscript<Value>(setting: Setting<Value>) -> Value {
        guard let value = values[setting.key] as? Value else {
            preconditionFailure("\(setting.key) is not in the table of settings")
        }
        return value
    }
}

/// Collects settings from their sources, and what is wrong with them.
struct SettingsReader {
    let environment: [String: String]
    private(set) var given: [String: (text: String, source: Settings.Source)] = [:]
    var problems: [String] = []

    init(environment: [String: String]) {
        self.environment = environment
    }

    mutating func read(file path: String) {
        guard let data = try? Data(contentsOf: URL(filePath: path)),
            let text = String(validating: data, as: UTF8.self)
        else {
            problems.append("the settings file \(path) cannot be read as UTF-8 text")
            return
        }
        var lines: [String: Int] = [:]
        for entry in PropertiesFile.parse(text) {
            if let first = lines.updateValue(entry.line, forKey: entry.key) {
                problems.append("\(entry.key): set twice, in lines \(first) and \(entry.line) of \(path)")
            }
            set(entry.key, expand(entry.value, entry, path), Settings.Source(description: "\(path):\(entry.line)"))
        }
    }

    /// Refuses secrets: everyone on a machine can read its command lines.
    mutating func set(flag key: String, _ value: String) {
        guard !KafkaSettings.isSecret(key) || key.hasSuffix(".file") else {
            let variable = "CLOUD4BERT_" + key.uppercased().replacing(".", with: "_")
            problems.append("\(key): a command line is no place for a secret; use --\(key).file PATH, or \(variable)")
            return
        }
        set(key, value, Settings.Source(description: "--\(key)"))
    }

    mutating func readEnvironment() {
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("CLOUD4BERT_") {
            let rest = name.dropFirst("CLOUD4BERT_".count)
            if rest == "ISA" || rest == "CONFIG" || rest.hasPrefix("TEST_") { continue }
            let key = rest.lowercased().replacing("_", with: ".")
            set(key, value, Settings.Source(description: name))
        }
    }

    mutating func set(_ key: String, _ text: String, _ source: Settings.Source) {
        let plain = key.hasSuffix(".file") ? String(key.dropLast(".file".count)) : key
        guard Settings.byKey[key] != nil || Settings.byKey[plain] != nil || KafkaSettings.isKey(key) else {
            problems.append("\(key): there is no such setting (\(source))\(suggestion(for: key))")
            return
        }
        if let better = KafkaSettings.owned(plain) {
            problems.append("\(key): (\(source)) is the worker's own business; \(better)")
            return
        }
        given[key] = (text, source)
    }

    /// Replaces `key.file` by `key` with what the file holds.
    mutating func resolveFiles() {
        for (key, (path, source)) in given where key.hasSuffix(".file") {
            let plain = String(key.dropLast(".file".count))
            given[key] = nil
            guard let data = try? Data(contentsOf: URL(filePath: path)),
                var text = String(validating: data, as: UTF8.self)
            else {
                problems.append("\(key): the file \(path) (\(source)) cannot be read as UTF-8 text")
                continue
            }
            if text.hasSuffix("\n") { text.removeLast() }
            given[plain] = (text, source)
        }
    }

    /// Puts variables in the place of `${NAME}` and `${NAME:default}`.
    private mutating func expand(_ value: String, _ entry: PropertiesFile.Entry, _ path: String) -> String {
        var result = ""
        var rest = value[...]
        while let start = rest.firstRange(of: "${") {
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { break }
            result += rest[..<start.lowerBound]
            let parts = rest[start.upperBound..<end].split(
                separator: ":",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = String(parts.first ?? "")
            if let text = environment[name] ?? (parts.count == 2 ? String(parts[1]) : nil) {
                result += text
            } else {
                problems.append(
                    "\(entry.key): the variable \(name) (\(path):\(entry.line)) is not set and has no default"
                )
            }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private func suggestion(for key: String) -> String {
        nearest(to: key, among: Settings.byKey.keys).map { "; did you mean \($0)?" } ?? ""
    }
}

/// The name that somebody may have meant who wrote this one; nil if none is like it.
func nearest(to name: String, among names: some Sequence<String>) -> String? {
    let nearest = names.map { ($0, editDistance($0, name)) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
    return nearest.flatMap { $0.1 <= max(2, name.count / 4) ? $0.0 : nil }
}

/// How many characters must be put in, taken out or changed to make one text of the other (Levenshtein).
func editDistance(_ first: String, _ second: String) -> Int {
    let second = Array(second)
    var row = Array(0...second.count)
    for (i, character) in first.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for j in second.indices {
            let substitution = diagonal + (character == second[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
        }
    }
    return row[second.count]
}
