// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// What tells a file from what it was: another file in its place, or one that was written to.
package struct FileVersion: Sendable, Equatable {
    private let device: UInt
    private let number: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    /// Of the file that a path leads to, by symbolic links too; nil if it leads to none.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt(status.st_dev)
        number = UInt(status.st_ino)
        size = Int(status.st_size)
        (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
}
