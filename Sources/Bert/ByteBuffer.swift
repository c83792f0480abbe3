// SPDX-License-Identifier: Apache-2.0

/// Bytes in memory of their own, on a cache line's boundary; shared as a `FloatBuffer` is.
final class ByteBuffer: @unchecked Sendable {
    let start: UnsafeMutablePointer<UInt8>

    /// Allocates `count` zeros.
    init(zeros count: Int) {
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 64)
        start = bytes.bindMemory(to: UInt8.self, capacity: count)
        start.initialize(repeating: 0, count: count)
    }

    deinit {
        UnsafeMutableRawPointer(start).deallocate()
    }
}
