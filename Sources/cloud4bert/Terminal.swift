// SPDX-License-Identifier: Apache-2.0
import Bert
import Glibc

/// Nobody reads standard output any more, or the disk is full.
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
            // Whoever stopped reading knows; no word is needed.
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
    /// All variables. Read once: nothing here changes them.
    static let all: [String: String] = {
        var all: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { all[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return all
    }()
}
