// SPDX-License-Identifier: Apache-2.0

/// The bytes of many pieces, end to end: thirty thousand strings without thirty thousand allocations.
struct PieceList: Sendable, Equatable {
    private(set) var bytes: [UInt8] = []
    /// Piece `i` is `bytes[ends[i - 1]..<ends[i]]`.
    private var ends: [Int] = []

    var count: Int { ends.count }

    mutating func reserve(pieces: Int, bytes count: Int) {
        ends.reserveCapacity(pieces)
        bytes.reserveCapacity(count)
    }

    mutating func append(_ piece: some Sequence<UInt8>) {
        bytes.append(contentsOf: piece)
        ends.append(bytes.count)
    }

    subscript(index: Int) -> ArraySlice<UInt8> { bytes[start(index)..<ends[index]] }

    /// The length of a piece in bytes.
    func count(_ index: Int) -> Int { ends[index] - start(index) }

    /// The byte at `offset` of a piece.
    func byte(_ index: Int, _ offset: Int) -> UInt8 { bytes[start(index) + offset] }

    private func start(_ index: Int) -> Int { index == 0 ? 0 : ends[index - 1] }

    /// The pieces' indices in the order of their bytes. Most comparisons end at the first eight, held as one number.
    func sortedIndices() -> [Int] {
        var keys: [(head: UInt64, index: Int)] = []
        keys.reserveCapacity(count)
        for index in 0..<count {
            var head: UInt64 = 0
            for byte in self[index].prefix(8) { head = head << 8 | UInt64(byte) }
            head <<= UInt64(8 * max(0, 8 - count(index)) % 64)
            keys.append((head, index))
        }
        keys.sort { $0.head != $1.head ? $0.head < $1.head : self[$0.index].lexicographicallyPrecedes(self[$1.index]) }
        return keys.map(\.index)
    }
}
