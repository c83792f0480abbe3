// SPDX-License-Identifier: Apache-2.0

/// Floats in memory of their own, on a cache line's boundary, which vector loads like best.
///
/// A buffer of weights is filled in its initialiser and only read afterwards, so that threads share it; a buffer of
/// activations belongs to one `Encoder`, which is not `Sendable`. That split is what makes `@unchecked` right here.
package final class FloatBuffer: @unchecked Sendable {
    package let count: Int
    package let start: UnsafeMutablePointer<Float>

    /// Allocates `count` floats and has `fill` write all of them.
    package init(count: Int, fill: (UnsafeMutablePointer<Float>) -> Void) {
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1) * MemoryLayout<Float>.stride,
            alignment: 64
        )
        self.count = count
        start = bytes.bindMemory(to: Float.self, capacity: count)
        fill(start)
    }

    package convenience init(zeros count: Int) {
        self.init(count: count) { $0.initialize(repeating: 0, count: count) }
    }

    package convenience init(_ floats: [Float]) {
        self.init(count: floats.count) { start in
            floats.withUnsafeBufferPointer { floats in
                guard let first = floats.baseAddress else { return }
                start.initialize(from: first, count: floats.count)
            }
        }
    }

    /// Memory that is written before it is read. The system gives it page by page as it is touched.
    package convenience init(reserving count: Int) {
        self.init(count: count) { _ in }
    }

    deinit {
        UnsafeMutableRawPointer(start).deallocate()
    }
}
