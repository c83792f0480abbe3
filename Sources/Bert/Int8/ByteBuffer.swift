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

    convenience init(_ bytes: [UInt8]) {
        self.init(zeros: bytes.count)
        bytes.withUnsafeBufferPointer { bytes in
            guard let first = bytes.baseAddress else { return }
            start.update(from: first, count: bytes.count)
        }
    }

    deinit {
        UnsafeMutableRawPointer(start).deallocate()
    }
}
