// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import Glibc

/// Writes a file so that whoever opens it, also after a crash or a full disk, finds the old one or the whole new one.
package struct AtomicFile: ~Copyable {
    private let path: String
    private let temporary: String
    private let descriptor: Int32
    private var isDone = false

    /// Writes a file: a temporary one beside it gets the content, reaches the disk, and takes its place.
    package static func write(_ path: String, _ body: (borrowing AtomicFile) throws(ModelError) -> Void)
        throws(ModelError)
    {
        var file = try AtomicFile(path)
        try body(file)
        try file.commit()
    }

    private init(_ path: String) throws(ModelError) {
        self.path = path
        temporary = "\(path).partial"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        if descriptor < 0 { throw Self.failure(path) }
    }

    /// Writes bytes after those that were written before.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(ModelError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(path) }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes bytes after those that were written before.
    package func append(_ bytes: [UInt8]) throws(ModelError) {
        // `withUnsafeBytes` does not hand a typed error on.
        let result: Result<Void, ModelError> = bytes.withUnsafeBytes { bytes in
            Result { () throws(ModelError) in try append(bytes) }
        }
        try result.get()
    }

    private mutating func commit() throws(ModelError) {
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw Self.failure(path) }
        isDone = true
        let directory = open(URL(filePath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if descriptor >= 0, !isDone { unlink(temporary) }
    }

    private static func failure(_ path: String) -> ModelError {
        ModelError(.notWritable, path: path, "cannot be written: \(String(cString: strerror(errno)))")
    }
}
