// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Has a thread that waits in `poll` look again.
final class WakePipe: Sendable {
    /// To be polled for reading.
    let descriptor: Int32
    private let other: Int32

    /// - Throws: where the process has no descriptors left.
    init() throws(ListeningSocket.Failure) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw ListeningSocket.Failure(reason: String(cString: strerror(errno))) }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (descriptor, other) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(other)
    }

    /// From any thread. A pipe that is full wakes as well.
    func wake() {
        var byte: UInt8 = 0
        _ = write(other, &byte, 1)
    }

    /// Takes back all that was said so far.
    func clear() {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { buffer in
            while read(descriptor, buffer.baseAddress, buffer.count) > 0 {}
        }
    }
}
