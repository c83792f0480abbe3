// SPDX-License-Identifier: Apache-2.0

/// The settings that there are.
package struct SettingsTable: Sendable {
    /// Settings under the headings of the configuration file.
    package let sections: [(heading: String, settings: [any AnySetting])]
    /// The same by key.
    package let byKey: [String: any AnySetting]
    let foreign: ForeignKeys

    package init(_ sections: [(heading: String, settings: [any AnySetting])], foreign: ForeignKeys) {
        self.sections = sections
        self.foreign = foreign
        byKey = Dictionary(uniqueKeysWithValues: sections.flatMap(\.settings).map { ($0.key, $0) })
    }

    /// Whether a key goes to another library.
    func isForeign(_ key: String) -> Bool { key.hasPrefix(foreign.prefix) && key.count > foreign.prefix.count }

    /// What a key ends with whose value is the name of a file that holds the setting's.
    static let fileSuffix = ".file"

    /// Whether a key's value must not be seen. The name of a file that holds a secret may be.
    package func isSecret(_ key: String) -> Bool {
        if let setting = byKey[key] { return setting.isSecret }
        return isForeign(key) && !key.hasSuffix(Self.fileSuffix) && foreign.isSecret(key)
    }
}

/// Keys that are in no table: all that begin with a prefix go to another library as they are.
package struct ForeignKeys: Sendable {
    let prefix: String
    /// Whether a key's value must not be seen.
    let isSecret: @Sendable (_ key: String) -> Bool
    /// What to do instead of setting a key; nil if it may be set.
    let instead: @Sendable (_ key: String) -> String?

    package init(
        prefix: String,
        isSecret: @escaping @Sendable (_ key: String) -> Bool,
        instead: @escaping @Sendable (_ key: String) -> String?
    ) {
        self.prefix = prefix
        self.isSecret = isSecret
        self.instead = instead
    }
}
