// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Writes a file so that a reader, also after a crash or a full disk, finds the old one or the whole new one.
///
/// That holds for regular files, whose mode and, where that is allowed, owner are kept; a symbolic link stays, and what
/// it points to is written. Devices, pipes and `/dev/stdout` are written to as they are. So is a regular file that cannot
/// be replaced: one whose directory is read-only, or that is mounted by itself.
package struct AtomicFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    /// The file to replace, and what is to take its place; nil where bytes go to their place at once.
    private let replacement: (target: String, temporary: String)?
    private var isDone = false

    /// Writes a file: a temporary one beside it gets the content, reaches the disk, and takes its place.
    package static func write(_ path: String, _ body: (borrowing AtomicFile) throws(FileError) -> Void)
        throws(FileError)
    {
        var file = try AtomicFile(path)
        try body(file)
        try file.commit()
    }

    private init(_ path: String) throws(FileError) {
        let opened = try Self.opened(path)
        self.path = path
        descriptor = opened.descriptor
        replacement = opened.replacement
    }

    private static func opened(_ path: String) throws(FileError)
        -> (descriptor: Int32, replacement: (target: String, temporary: String)?)
    {
        var replacement: (String, String)?
        var descriptor: Int32
        switch try OutputTarget(path) {
        case .descriptor(let own): descriptor = fcntl(own, F_DUPFD_CLOEXEC, 0)
        case .special(let place): descriptor = open(place, O_WRONLY | O_NOCTTY | O_CLOEXEC)
        case .file(let target, let status):
            // A user who may write to the directory could replace a file that is protected from writing, too.
            guard status == nil || access(target, W_OK) == 0 else { throw OutputTarget.failure(path, errno) }
            let name = String(UInt64.random(in: 0 ... .max), radix: 36)
            let temporary = "\(OutputTarget.directory(of: target))/.cloud4bert-\(name).partial"
            descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status == nil ? 0o666 : 0o600)
            if descriptor >= 0 {
                replacement = (target, temporary)
                if let status { keep(status, descriptor) }
            } else if status != nil, [EACCES, EPERM, EROFS].contains(errno) {
                descriptor = open(target, O_WRONLY | O_TRUNC | O_CLOEXEC)
            }
        }
        guard descriptor >= 0 else { throw OutputTarget.failure(path, errno) }
        return (descriptor, replacement)
    }

    /// Gives a file the owner and the mode of another one.
    private static func keep(_ status: stat, _ descriptor: Int32) {
        // Others than root may give nothing away; the group they may keep.
        let isOwned = fchown(descriptor, status.st_uid, status.st_gid) == 0
        if !isOwned { _ = fchown(descriptor, .max, status.st_gid) }
        fchmod(descriptor, status.st_mode & (isOwned ? 0o7777 : 0o777))
    }

    /// Writes bytes after those that were written before.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        let code = Descriptor.write(bytes, to: descriptor)
        guard code == 0 else { throw OutputTarget.failure(path, code) }
    }

    /// Writes bytes after those that were written before.
    package func append(_ bytes: [UInt8]) throws(FileError) {
        // `withUnsafeBytes` does not hand a typed error on.
        let result: Result<Void, FileError> = bytes.withUnsafeBytes { bytes in
            Result { () throws(FileError) in try append(bytes) }
        }
        try result.get()
    }

    private mutating func commit() throws(FileError) {
        // Pipes and most devices have nothing to sync.
        guard fsync(descriptor) == 0 || [EINVAL, ENOTSUP, EROFS].contains(errno) else {
            throw OutputTarget.failure(path, errno)
        }
        guard let (target, temporary) = replacement else { return }
        guard rename(temporary, target) == 0 else {
            guard [EBUSY, EPERM, EACCES, EXDEV].contains(errno) else { throw OutputTarget.failure(path, errno) }
            return try copy(temporary, to: target)
        }
        isDone = true
        let directory = open(OutputTarget.directory(of: target), O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    /// Writes the new content into the file itself: no other file may take its place.
    private func copy(_ temporary: String, to target: String) throws(FileError) {
        let content = try InputFile.bytes(temporary)
        let place = open(target, O_WRONLY | O_TRUNC | O_CLOEXEC)
        guard place >= 0 else { throw OutputTarget.failure(path, errno) }
        defer { close(place) }
        let code = content.withUnsafeBytes { Descriptor.write($0, to: place) }
        guard code == 0 else { throw OutputTarget.failure(path, code) }
        guard fsync(place) == 0 else { throw OutputTarget.failure(path, errno) }
    }

    deinit {
        close(descriptor)
        if !isDone, let replacement { unlink(replacement.temporary) }
    }
}
