// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What tells whether two paths lead to one file: what the file system knows it by or, where there is none yet, the path.
struct FileIdentity {
    private let path: String
    private let status: stat?

    init(_ path: String) {
        self.path = path
        var status = stat()
        self.status = stat(path, &status) == 0 ? status : nil
    }

    /// Pipes, terminals and the like are nobody's alone, and may be named twice.
    func isSame(as other: FileIdentity) -> Bool {
        guard let status, let second = other.status else { return self.status == nil && path == other.path }
        let isPlain = status.st_mode & S_IFMT == S_IFREG
        return isPlain && status.st_dev == second.st_dev && status.st_ino == second.st_ino
    }
}
