// SPDX-License-Identifier: Apache-2.0

/// The bytes of a word that gathers, however long it gets.
final class WordBuffer {
    private(set) var count = 0
    private var space: UnsafeMutableBufferPointer<UInt8>

    init() { space = .allocate(capacity: 256) }

    deinit { space.deallocate() }

    /// Valid until more is appended.
    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: space[..<count]) }

    subscript(index: Int) -> UInt8 { space[index] }

    /// Appends the scalar in UTF-8 and returns how many bytes it takes.
    @inline(__always)
    @discardableResult
    func append(_ scalar: UInt32) -> Int {
        if count + 4 > space.count { grow() }
        guard let start = space.baseAddress else { return 0 }
        let length = UTF8Scalar.encode(scalar, to: start + count)
        count += length
        return length
    }

    /// Takes bytes off the front.
    @inline(__always)
    func removeFirst(_ gone: Int) {
        for index in gone..<count { space[index - gone] = space[index] }
        count -= gone
    }

    private func grow() {
        let more = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2 * space.count)
        _ = more.update(fromContentsOf: space)
        space.deallocate()
        space = more
    }
}
