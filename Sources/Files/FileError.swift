// SPDX-License-Identifier: Apache-2.0

/// Why a file or a directory cannot be read, used or written: which one, what is wrong in it, and what to do.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is, for the caller's exit code.
    public enum Kind: Sendable, Equatable {
        /// The directory, or a file that it must hold, is not there or cannot be read.
        case missing
        /// A file is there, but its content is broken, truncated or hostile.
        case invalid
        /// The file is sound, but asks for something that this program does not do.
        case unsupported
        /// A file cannot be written.
        case notWritable
    }

    /// What kind of failure it is.
    public let kind: Kind
    /// Path of the file or directory.
    public let path: String
    /// What is wrong, and where it helps, what to do about it.
    public let reason: String

    /// Creates an error about the file or directory at `path`.
    public init(_ kind: Kind, path: String, _ reason: String) {
        self.kind = kind
        self.path = path
        self.reason = reason
    }

    /// The path and the reason, in one line.
    public var description: String { "\(path): \(reason)" }
}
