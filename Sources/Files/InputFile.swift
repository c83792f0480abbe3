// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Reads whatever can be read to an end: a file, a pipe, standard input, a file of `/proc` that has no size.
package enum InputFile {
    /// All bytes, read once and from the beginning to the end.
    ///
    /// - Parameter limit: how many there may be.
    /// - Throws: `FileError` of the kind `.missing` where it cannot be read, `.invalid` where it is too long.
    package static func bytes(_ path: String, atMost limit: Int = .max) throws(FileError) -> [UInt8] {
        let descriptor = try opened(path)
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let count = buffer.withUnsafeMutableBytes { Descriptor.read(descriptor, into: $0) }
            guard count >= 0 else { throw failure(path, "read", errno) }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= limit else {
                throw FileError(.invalid, path: path, "is longer than \(limit) bytes, which is the limit")
            }
        }
    }

    /// All bytes of a text, without the byte order mark that some editors put before it.
    ///
    /// - Throws: also where the text is UTF-16 or UTF-32, or it is none.
    package static func textBytes(_ path: String, atMost limit: Int = .max) throws(FileError) -> [UInt8] {
        let bytes = try utf8(bytes(path, atMost: limit), path: path)
        try checkText(bytes, path: path)
        return bytes
    }

    /// Refuses what is no text by its first bytes: a NUL is in archives, images and other such files early on.
    static func checkText(_ bytes: [UInt8], path: String) throws(FileError) {
        guard bytes.prefix(textBeginning).contains(0) else { return }
        throw FileError(
            .invalid,
            path: path,
            "holds NUL bytes, so it is no text; unpack it, or save it as text in UTF-8"
        )
    }

    /// As much as git looks at.
    private static let textBeginning = 8_000

    /// A text in UTF-8, without a byte order mark.
    package static func text(_ path: String, atMost limit: Int = .max) throws(FileError) -> String {
        guard let text = String(validating: try textBytes(path, atMost: limit), as: UTF8.self) else {
            throw FileError(.invalid, path: path, "is not UTF-8 text")
        }
        return text
    }

    /// The bytes of a text without its byte order mark; an error where their first ones show another encoding.
    package static func utf8(_ bytes: [UInt8], path: String) throws(FileError) -> [UInt8] {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
        let isMarked = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
        // A first character of ASCII has a zero beside it in UTF-16, and in no text in UTF-8.
        let isWide = bytes.count >= 2 && (bytes[0] == 0) != (bytes[1] == 0)
        guard !isMarked, !isWide else {
            throw FileError(.invalid, path: path, "is UTF-16 or UTF-32 text; save it as UTF-8")
        }
        return bytes
    }

    /// A descriptor to read from, which is the caller's to close.
    static func opened(_ path: String, flags: Int32 = 0) throws(FileError) -> Int32 {
        var descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags)
        // A socket, or a file of another user's, cannot be opened anew by the name of its descriptor.
        if descriptor < 0, let own = Descriptor.named(path) { descriptor = fcntl(own, F_DUPFD_CLOEXEC, 0) }
        guard descriptor >= 0 else { throw failure(path, "opened", errno) }
        return descriptor
    }

    static func failure(_ path: String, _ what: String, _ code: Int32) -> FileError {
        FileError(.missing, path: path, "cannot be \(what): \(String(cString: strerror(code)))")
    }
}
