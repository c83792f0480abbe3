// SPDX-License-Identifier: Apache-2.0

/// The text of a stretch between added tokens while it is normalised, and, where that is asked for, the place in the whole
/// text that each byte comes from.
struct StretchText {
    private(set) var bytes: [UInt8] = []
    /// One for each byte, or none at all.
    private(set) var places: [Range<Int>] = []
    let isPlaced: Bool

    init(isPlaced: Bool) { self.isPlaced = isPlaced }

    /// - Parameter start: where in the whole text it begins; nil where no places are asked for.
    init(_ text: UnsafeBufferPointer<UInt8>, from start: Int?) {
        isPlaced = start != nil
        bytes = Array(text)
        guard let start else { return }
        places.reserveCapacity(text.count)
        var at = 0
        while at < text.count {
            let length = UTF8Scalar.decode(text, at: at).length
            places += repeatElement(start + at..<start + at + length, count: length)
            at += length
        }
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func append(_ scalar: UInt32) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4) { space in
            guard let start = space.baseAddress else { return }
            bytes.append(contentsOf: space[..<UTF8Scalar.encode(scalar, to: start)])
        }
    }

    /// Whether there is nothing but ASCII.
    var isASCII: Bool { bytes.allSatisfy { $0 < 0x80 } }

    /// Makes a text of ASCII alone lower case.
    mutating func lowercaseASCII() {
        for index in bytes.indices where (0x41...0x5A).contains(bytes[index]) { bytes[index] |= 0x20 }
    }

    /// What was appended last stands here.
    mutating func place(_ place: Range<Int>) {
        while places.count < bytes.count { places.append(place) }
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
    }

    /// Puts a text with the places of its bytes in the place of all of this one.
    mutating func replaceAll(_ bytes: [UInt8], _ places: [Range<Int>]) {
        (self.bytes, self.places) = (bytes, places)
    }

    /// Puts what `body` writes in the place of all of the text.
    mutating func rewrite(_ body: (UnsafeBufferPointer<UInt8>, inout Rewriting) -> Void) {
        var out = Rewriting(isPlaced: isPlaced)
        out.bytes.reserveCapacity(bytes.count)
        bytes.withUnsafeBufferPointer { body($0, &out) }
        if isPlaced { places = out.places(from: places, of: bytes) }
        bytes = out.bytes
    }

    /// Replaces runs of at least `least` times `old`, each run by `new`, which stands where the run ends.
    mutating func replace(_ old: [UInt8], least: Int, with new: [UInt8]) {
        var (found, moved): ([UInt8], [Range<Int>]) = ([], [])
        var at = 0
        while at < bytes.count {
            var end = at
            while bytes[end...].starts(with: old), least > 1 || end == at { end += old.count }
            if (end - at) / old.count >= least {
                found += new
                if isPlaced { moved += repeatElement(places[end - 1], count: new.count) }
            } else {
                end = max(end, at + 1)
                found += bytes[at..<end]
                if isPlaced { moved += places[at..<end] }
            }
            at = end
        }
        (bytes, places) = (found, moved)
    }

    /// A text that takes the place of another, scalar by scalar.
    struct Rewriting {
        fileprivate var bytes: [UInt8] = []
        private let isPlaced: Bool
        /// The bytes of each new scalar, and how it came: 0 in the place of one, 1 in addition, -n in the place of one with n
        /// behind it.
        private var scalars: [(length: Int, change: Int)] = []

        fileprivate init(isPlaced: Bool) { self.isPlaced = isPlaced }

        /// How many scalars were removed before the first that is there.
        private var removedFirst = 0

        /// Keeps an ASCII scalar.
        @inline(__always)
        mutating func keep(_ byte: UInt8) {
            bytes.append(byte)
            if isPlaced { scalars.append((1, 0)) }
        }

        mutating func keep(_ scalar: UnsafeBufferPointer<UInt8>) {
            bytes.append(contentsOf: scalar)
            if isPlaced { scalars.append((scalar.count, 0)) }
        }

        /// Appends a scalar: with a change of 0 in the place of one, with 1 in addition to it.
        mutating func append(_ scalar: UInt32, change: Int) {
            let before = bytes.count
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4) { space in
                guard let start = space.baseAddress else { return }
                bytes.append(contentsOf: space[..<UTF8Scalar.encode(scalar, to: start)])
            }
            if isPlaced { scalars.append((bytes.count - before, change)) }
        }

        /// Leaves a scalar out.
        mutating func remove() {
            guard isPlaced else { return }
            if scalars.isEmpty { removedFirst += 1 } else { scalars[scalars.count - 1].change -= 1 }
        }

        mutating func replace(_ old: UnsafeBufferPointer<UInt8>, with new: ArraySlice<UInt8>) {
            bytes += new
            guard isPlaced else { return }
            let before = scalars.count
            for byte in new {
                if byte & 0xC0 == 0x80 { scalars[scalars.count - 1].length += 1 } else { scalars.append((1, 0)) }
            }
            let more = scalars.count - before - old.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
            for index in scalars.indices.suffix(max(more, 0)) { scalars[index].change = 1 }
            // A text whose beginning leaves nothing has no scalar to tell it: the places of the others then lag behind, as
            // they do in Hugging Face.
            if more < 0, !scalars.isEmpty { scalars[scalars.count - 1].change += more }
        }

        /// The places of the new text, as Hugging Face's `NormalizedString` moves them.
        fileprivate func places(from old: [Range<Int>], of bytes: [UInt8]) -> [Range<Int>] {
            var places: [Range<Int>] = []
            var offset = 0
            func pass() {
                if offset < bytes.count { offset += 1 }
                while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            }
            for _ in 0..<removedFirst { pass() }
            for scalar in scalars {
                let source = scalar.change > 0 ? offset - 1 : offset
                let place = old.indices.contains(source) ? old[source] : 0..<0
                places += repeatElement(place, count: scalar.length)
                if scalar.change <= 0 { for _ in 0...(-scalar.change) { pass() } }
            }
            return places
        }
    }
}
