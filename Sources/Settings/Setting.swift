// SPDX-License-Identifier: Apache-2.0

/// One setting: its key, what it may be, what it is unless said otherwise, and how to choose it.
public struct Setting<Value: Sendable>: Sendable {
    /// The key in the file, and without change the flag's name.
    public let key: String
    package let standard: String
    package let range: String
    package let help: String
    /// Whether its value must not be seen.
    package let isSecret: Bool
    let parse: @Sendable (String) -> Value?

    /// Describes a setting.
    ///
    /// - Parameters:
    ///   - standard: its value where nothing is set, as a text.
    ///   - isSecret: its value must not be seen.
    package init(
        _ key: String,
        _ kind: SettingKind<Value>,
        default standard: String,
        isSecret: Bool = false,
        _ help: String
    ) {
        self.key = key
        self.standard = standard
        self.help = help
        self.isSecret = isSecret
        range = kind.range
        parse = kind.parse
    }
}

/// A setting whatever its type, as the table holds it.
package protocol AnySetting: Sendable {
    var key: String { get }
    var standard: String { get }
    var range: String { get }
    var help: String { get }
    var isSecret: Bool { get }

    /// The value that a text stands for; nil if it stands for none.
    func value(of text: String) -> (any Sendable)?
}

extension Setting: AnySetting {
    package func value(of text: String) -> (any Sendable)? { parse(text) }
}
