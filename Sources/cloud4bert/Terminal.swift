// SPDX-License-Identifier: Apache-2.0
import Bert
import Files
import Glibc

/// Standard output is not read any more, or the disk is full.
struct OutputClosed: Error {
    let message: String
}

/// Standard output and error. Output is for data; everything said to a person beside it goes to error.
enum Terminal {
    /// Whether standard output is a terminal, where tables and colour help.
    static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 && Environment.all["NO_COLOR"] == nil }

    /// Says on standard error what went wrong.
    static func complain(_ message: String) {
        // Nothing is left to do if even that fails.
        try? write(Array("cloud4bert: \(message)\n".utf8), to: STDERR_FILENO)
    }

    /// Writes bytes to standard output, all of them.
    static func write(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) throws {
        let code = bytes.withUnsafeBytes { Descriptor.write($0, to: descriptor) }
        guard code == 0 else {
            // The reader that stopped knows; no word is needed.
            throw OutputClosed(message: code == EPIPE ? "" : "standard output: \(String(cString: strerror(code)))")
        }
    }

    /// Writes a line to standard output.
    static func line(_ text: String = "") throws {
        try write(Array((text + "\n").utf8))
    }
}

/// The process's environment.
enum Environment {
    /// All variables that are UTF-8. Read once: nothing here changes them.
    static var all: [String: String] { variables.all }
    /// Names of those that are not.
    static var malformed: Set<String> { variables.malformed }

    private static let variables: (all: [String: String], malformed: Set<String>) = {
        var (all, malformed) = ([String: String](), Set<String>())
        var entry = environ
        while let text = entry.pointee {
            entry += 1
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            if String(validatingCString: text) == nil {
                malformed.insert(String(parts[0]))
            } else {
                all[String(parts[0])] = String(parts[1])
            }
        }
        return (all, malformed)
    }()
}
