// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// A regular expression for names of topics, read as librdkafka reads it: one of POSIX's extended expressions, found
/// anywhere in the name.
package final class TopicPattern {
    /// A text is no regular expression.
    package struct Malformed: Error {
        package let reason: String
    }

    /// Whether an entry of a list of topics is an expression.
    package static func isPattern(_ entry: String) -> Bool { entry.hasPrefix("^") }

    private var expression = regex_t()

    package init(_ text: String) throws(Malformed) {
        let code = regcomp(&expression, text, REG_EXTENDED | REG_NOSUB)
        guard code != 0 else { return }
        let reason = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            let length = regerror(code, nil, buffer.baseAddress, buffer.count)
            return String(decoding: buffer.prefix(max(length - 1, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        // Whatever was compiled is freed already, and freeing what begins as zeros does nothing.
        expression = regex_t()
        throw Malformed(reason: reason)
    }

    deinit { regfree(&expression) }

    package func matches(_ topic: String) -> Bool { regexec(&expression, topic, 0, nil, 0) == 0 }

    /// An expression that matches this name and no other. The dot is the one character of topics' names that means
    /// something in an expression, and in brackets it means itself in every dialect.
    static func literal(_ name: String) -> String { "^\(name.replacing(".", with: "[.]"))$" }
}
