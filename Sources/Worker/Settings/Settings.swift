// SPDX-License-Identifier: Apache-2.0
internal import Bert

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
    ///   - malformed: names of variables that are not UTF-8. They are refused where they are wanted, and not mended.
    ///   - flags: keys and values of the command line; of two for one key the later one wins.
    /// - Throws: `SettingsError` with everything that is wrong.
    public init(
        file: String?,
        environment: [String: String],
        malformed: Set<String> = [],
        flags: [(key: String, value: String)],
        isForWorker: Bool = false
    ) throws(SettingsError) {
        var reader = SettingsReader(environment: environment, malformed: malformed)
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
    private let malformed: Set<String>
    private(set) var given: [String: (text: String, source: Settings.Source)] = [:]
    var problems: [String] = []

    private static let fileSuffix = ".file"
    /// Far more than any settings file or secret has.
    private static let maxBytes = 16 << 20

    init(environment: [String: String], malformed: Set<String>) {
        self.environment = environment
        self.malformed = malformed
    }

    mutating func read(file path: String) {
        let file: PropertiesFile
        do throws(ModelError) {
            file = PropertiesFile(try InputFile.text(path, atMost: Self.maxBytes))
        } catch {
            problems.append("the settings file \(error)")
            return
        }
        problems += file.problems.map { "\(path):\($0.line): \($0.reason)" }
        var lines: [String: Int] = [:]
        for entry in file.entries {
            guard !entry.key.isEmpty else {
                problems.append("\(path):\(entry.line): a line without a key")
                continue
            }
            // Java would take the last, and nobody would see that the first has no effect.
            if let first = lines.updateValue(entry.line, forKey: Self.plain(entry.key)) {
                problems.append("\(entry.key): set twice, in lines \(first) and \(entry.line) of \(path)")
            }
            // White space at a value's end may belong to a password, and to nothing else.
            let isSecret = KafkaSettings.isSecret(entry.key) && !entry.key.hasSuffix(Self.fileSuffix)
            let value = isSecret ? entry.value : entry.value.trimmed
            set(entry.key, expand(value, entry, path), Settings.Source(description: "\(path):\(entry.line)"))
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
        for name in malformed where name.hasPrefix("CLOUD4BERT_") && !name.hasPrefix("CLOUD4BERT_TEST_") {
            problems.append("\(name): the variable is not UTF-8")
        }
        let injected = InjectedVariables(environment)
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("CLOUD4BERT_") {
            let rest = name.dropFirst("CLOUD4BERT_".count)
            if rest == "ISA" || rest == "CONFIG" || rest.hasPrefix("TEST_") { continue }
            let key = rest.lowercased().replacing("_", with: ".")
            guard Settings.byKey[Self.plain(key)] != nil || !injected.contains(name, value) else { continue }
            set(key, value, Settings.Source(description: name))
        }
    }

    mutating func set(_ key: String, _ text: String, _ source: Settings.Source) {
        let plain = Self.plain(key)
        guard Settings.byKey[key] != nil || Settings.byKey[plain] != nil || KafkaSettings.isKey(key) else {
            problems.append("\(key): there is no such setting (\(source))\(suggestion(for: key))")
            return
        }
        if let better = KafkaSettings.owned(plain) {
            problems.append("\(key): (\(source)) is the worker's own business; \(better)")
            return
        }
        // What comes later wins, whichever of the two ways it is said in.
        given[key == plain ? plain + Self.fileSuffix : plain] = nil
        given[key] = (text, source)
    }

    /// The key of the setting that a key with or without `.file` is about.
    private static func plain(_ key: String) -> String {
        key.hasSuffix(fileSuffix) ? String(key.dropLast(fileSuffix.count)) : key
    }

    /// Replaces `key.file` by `key` with what the file holds.
    mutating func resolveFiles() {
        for (key, (path, source)) in given where key.hasSuffix(Self.fileSuffix) {
            given[key] = nil
            do throws(ModelError) {
                let text = try InputFile.text(path, atMost: Self.maxBytes)
                given[Self.plain(key)] = (Self.withoutLineEnd(text), source)
            } catch {
                problems.append("\(key): (\(source)) the file \(error)")
            }
        }
    }

    /// A text without the line end that editors and `echo` put behind it: one, of any system.
    private static func withoutLineEnd(_ text: String) -> String {
        var scalars = text.unicodeScalars
        if scalars.last == "\n" {
            scalars.removeLast()
            if scalars.last == "\r" { scalars.removeLast() }
        } else if scalars.last == "\r" {
            scalars.removeLast()
        }
        return String(scalars)
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
            if malformed.contains(name) {
                problems.append("\(entry.key): the variable \(name) (\(path):\(entry.line)) is not UTF-8")
            } else if let text = environment[name] ?? (parts.count == 2 ? String(parts[1]) : nil) {
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
