// SPDX-License-Identifier: Apache-2.0

/// All that is wrong with the settings, so that they can be mended in one go.
public struct SettingsError: Error, Equatable, CustomStringConvertible {
    /// Each names the setting, where it was set, and what is wrong.
    public let problems: [String]

    /// An error with these problems.
    public init(problems: [String]) { self.problems = problems }

    /// The problems, a line each.
    public var description: String {
        problems.count == 1 ? "settings: \(problems[0])" : (["settings:"] + problems).joined(separator: "\n  ")
    }

    /// What is wrong as one line, of whatever error.
    package static func inOneLine(_ error: any Error) -> String {
        (error as? SettingsError)?.problems.joined(separator: "; ") ?? "\(error)"
    }
}
