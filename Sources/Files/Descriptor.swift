// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Reading and writing by descriptor, whatever that is of: a signal or a descriptor that does not block ends neither.
package enum Descriptor {
    /// Reads what is there, at most as much as the buffer holds, and waits if nothing is.
    ///
    /// - Returns: how many bytes, 0 at the end; -1 with `errno` set if it cannot be read.
    package static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            guard count < 0, isPassing(errno, descriptor, POLLIN) else { return count }
        }
    }

    /// Writes all bytes.
    ///
    /// - Returns: 0, or the `errno` of why they cannot be written.
    package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if !isPassing(errno, descriptor, POLLOUT) {
                return errno
            }
        }
        return 0
    }

    /// Whether to try again; waits where another process has made the descriptor one that does not block.
    private static func isPassing(_ code: Int32, _ descriptor: Int32, _ event: Int32) -> Bool {
        guard code == EAGAIN else { return code == EINTR }
        var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        poll(&entry, 1, -1)
        return true
    }

    /// The descriptor of this process that a path names, as `/dev/stdout` and a shell's `<(…)` do; nil if it names none.
    package static func named(_ path: String) -> Int32? {
        let parts = path.split(separator: "/").filter { $0 != "." }
        guard path.hasPrefix("/"), let name = parts.last else { return nil }
        switch parts.joined(separator: "/") {
        case "dev/stdin": return STDIN_FILENO
        case "dev/stdout": return STDOUT_FILENO
        case "dev/stderr": return STDERR_FILENO
        default: break
        }
        let folders = ["dev/fd", "proc/self/fd", "proc/thread-self/fd", "proc/\(getpid())/fd"]
        guard folders.contains(parts.dropLast().joined(separator: "/")), let number = Int32(name), number >= 0 else {
            return nil
        }
        return number
    }
}
