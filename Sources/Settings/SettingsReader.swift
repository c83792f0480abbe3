// SPDX-License-Identifier: Apache-2.0
internal import Files

/// Collects settings from their sources, and what is wrong with them.
struct SettingsReader {
    let table: SettingsTable
    let environment: [String: String]
    /// How a key is written on the command line.
    let spelling: (String) -> String
    private let malformed: Set<String>
    private(set) var given: [String: (text: String, source: Settings.Source)] = [:]
    /// Files that values were read from, by the key that they are for.
    private(set) var files: [String: String] = [:]
    private(set) var versions: [String: FileVersion] = [:]
    var problems: [String] = []

    private static let fileSuffix = SettingsTable.fileSuffix
    /// Far more than any settings file or secret has.
    private static let maxBytes = 16 << 20

    init(
        _ table: SettingsTable,
        environment: [String: String],
        malformed: Set<String>,
        spelling: @escaping (String) -> String
    ) {
        self.table = table
        self.spelling = spelling
        self.environment = environment
        self.malformed = malformed
    }

    mutating func read(file path: String) {
        let file: PropertiesFile
        do throws(FileError) {
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
            // Java would take the last, and it would not show that the first has no effect.
            if let first = lines.updateValue(entry.line, forKey: Self.plain(entry.key)) {
                problems.append("\(entry.key): set twice, in lines \(first) and \(entry.line) of \(path)")
            }
            // White space at a value's end may belong to a password, and to nothing else.
            let value = table.isSecret(entry.key) ? entry.value : entry.value.trimmed
            set(entry.key, expand(value, entry, path), Settings.Source(description: "\(path):\(entry.line)"))
        }
    }

    /// Refuses secrets: everyone on a machine can read its command lines.
    mutating func set(flag key: String, _ value: String) {
        guard !table.isSecret(key) else {
            let variable = "CLOUD4BERT_" + key.uppercased().replacing(".", with: "_")
            problems.append(
                "\(key): a command line is no place for a secret; use \(spelling(key + Self.fileSuffix)) PATH, or \(variable)"
            )
            return
        }
        set(key, value, Settings.Source(description: spelling(key), outranksFile: true))
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
            guard table.byKey[Self.plain(key)] != nil || !injected.contains(name, value) else { continue }
            set(key, value, Settings.Source(description: name, outranksFile: true))
        }
    }

    mutating func set(_ key: String, _ text: String, _ source: Settings.Source) {
        let plain = Self.plain(key)
        guard table.byKey[key] != nil || table.byKey[plain] != nil || table.isForeign(key) else {
            problems.append("\(key): there is no such setting (\(source))\(suggestion(for: key))")
            return
        }
        if let better = table.foreign.instead(plain) {
            problems.append("\(key): (\(source)) is set by the worker; \(better)")
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
            do throws(FileError) {
                versions[path] = FileVersion(path: path)
                let text = try InputFile.text(path, atMost: Self.maxBytes)
                files[Self.plain(key)] = path
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
        nearest(to: key, among: table.byKey.keys).map { "; did you mean \($0)?" } ?? ""
    }
}
