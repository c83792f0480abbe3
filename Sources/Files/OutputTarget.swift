// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// What a path to be written to leads to.
enum OutputTarget {
    /// An open file of this process.
    case descriptor(Int32)
    /// A device, a pipe or the like, which is written to and never replaced.
    case special(String)
    /// A regular file, to be replaced, or a new one; the path is the one behind all symbolic links.
    case file(String, status: stat?)

    private static let maxLinks = 40

    /// Follows symbolic links to their end, also to one that is not there yet.
    init(_ path: String) throws(FileError) {
        var place = path
        for _ in 0..<Self.maxLinks {
            if let own = Descriptor.named(place) {
                self = .descriptor(own)
                return
            }
            var status = stat()
            guard lstat(place, &status) == 0 else {
                guard errno == ENOENT else { throw Self.failure(path, errno) }
                self = .file(place, status: nil)
                return
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                self = .file(place, status: status)
                return
            case S_IFDIR: throw Self.failure(path, EISDIR)
            case S_IFLNK:
                guard let next = Self.next(after: place) else {
                    self = .special(place)
                    return
                }
                place = next
            default:
                self = .special(place)
                return
            }
        }
        throw Self.failure(path, ELOOP)
    }

    /// Where a link points to; nil for one of `/proc`'s whose text is no path, such as `pipe:[4711]`.
    private static func next(after link: String) -> String? {
        let target = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) { text in
            text.initialize(repeating: 0)
            guard let start = text.baseAddress, readlink(link, start, Int(PATH_MAX)) > 0 else { return "" }
            return String(cString: start)
        }
        let next = target.hasPrefix("/") ? target : "\(directory(of: link))/\(target)"
        var (end, found) = (stat(), stat())
        guard stat(link, &end) == 0 else { return next }
        let isSame = stat(next, &found) == 0 && (found.st_dev, found.st_ino) == (end.st_dev, end.st_ino)
        return isSame ? next : nil
    }

    /// The directory that a path is in.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func failure(_ path: String, _ code: Int32) -> FileError {
        FileError(.notWritable, path: path, "cannot be written: \(String(cString: strerror(code)))")
    }
}
