// SPDX-License-Identifier: Apache-2.0
package import Files

/// What the program is told: on the command line, in the environment and in a file, in this order of precedence; and
/// defaults.
///
/// A key `batch.max.tokens` is the variable `CLOUD4BERT_BATCH_MAX_TOKENS`, and means the same on the command line. Any
/// key with `.file` behind it takes its value from the file named, as secrets are handed over.
public struct Settings: Sendable {
    /// Where a value comes from.
    package struct Source: Sendable, Equatable, CustomStringConvertible {
        package let description: String
        /// Whether that goes before a file: the command line, or the environment.
        package var outranksFile = false
    }

    /// What a default came to because of another setting, and of which.
    package struct Derived: Sendable, Equatable {
        package let text: String
        package let reason: String
    }

    /// What stands where nothing was set.
    package static let standard = Source(description: "default")

    private var values: [String: any Sendable] = [:]
    /// What was set, by key, with its source; keys that go to another library too.
    package private(set) var given: [String: (text: String, source: Source)] = [:]
    /// Files that values were read from, by key.
    package private(set) var files: [String: String] = [:]
    /// What these files were like just before they were read, by path.
    package private(set) var versions: [String: FileVersion] = [:]
    /// Defaults that follow other settings, by key.
    package private(set) var derived: [String: Derived] = [:]

    /// Reads all settings.
    ///
    /// - Parameters:
    ///   - table: the settings that there are.
    ///   - file: path of a `.properties` file, if there is one.
    ///   - environment: variables; those that begin with `CLOUD4BERT_` are settings.
    ///   - malformed: names of variables that are not UTF-8. They are refused where they are wanted, and not mended.
    ///   - flags: keys and values of the command line; of two for one key the later one wins.
    ///   - spelling: how a key is written on the command line, for errors.
    ///   - complete: has defaults follow what was set, and says what is wrong with the settings together.
    /// - Throws: `SettingsError` with everything that is wrong.
    package init(
        _ table: SettingsTable,
        file: String?,
        environment: [String: String],
        malformed: Set<String>,
        flags: [(key: String, value: String)],
        spelling: @escaping (_ key: String) -> String,
        complete: (inout Settings) -> [String]
    ) throws(SettingsError) {
        var reader = SettingsReader(table, environment: environment, malformed: malformed, spelling: spelling)
        if let file { reader.read(file: file) }
        reader.readEnvironment()
        for (key, value) in flags { reader.set(flag: key, value) }
        reader.resolveFiles()
        given = reader.given
        files = reader.files
        versions = reader.versions
        for setting in table.byKey.values {
            let (text, source) = given[setting.key] ?? (setting.standard, Self.standard)
            if let value = setting.value(of: text) {
                values[setting.key] = value
            } else {
                let shown = setting.isSecret ? "it" : "'\(text)'"
                reader.problems.append("\(setting.key): \(shown) (\(source)) is not \(setting.range)")
                // Everything else can be looked at with the default.
                given[setting.key] = nil
                values[setting.key] = setting.value(of: setting.standard)
            }
        }
        reader.problems += complete(&self)
        guard reader.problems.isEmpty else { throw SettingsError(problems: reader.problems.sorted()) }
    }

    /// Takes back what was set under a key, so that everything else can be looked at without it.
    package mutating func forget(_ key: String) { given[key] = nil }

    /// Has a default follow another setting.
    package mutating func derive(_ key: String, _ text: String, because reason: String) {
        derived[key] = Derived(text: text, reason: reason)
    }

    /// Has a setting's default follow another setting.
    package mutating func derive<Value>(
        _ setting: Setting<Value>,
        _ value: Value,
        _ text: String,
        because reason: String
    ) {
        derive(setting.key, text, because: reason)
        values[setting.key] = value
    }

    /// The same with what others say under these keys.
    package func taking(_ keys: some Sequence<String>, from others: Settings) -> Settings {
        var settings = self
        for key in keys {
            settings.values[key] = others.values[key]
            settings.given[key] = others.given[key]
            settings.derived[key] = others.derived[key]
        }
        return settings
    }

    /// The same with another value of a setting, whatever was set.
    package func replacing<Value>(_ setting: Setting<Value>, with value: Value) -> Settings {
        var settings = self
        settings.values[setting.key] = value
        return settings
    }

    /// The value of a setting.
    package subscript<Value>(setting: Setting<Value>) -> Value {
        guard let value = values[setting.key] as? Value else {
            preconditionFailure("\(setting.key) is not in the table of settings")
        }
        return value
    }
}
