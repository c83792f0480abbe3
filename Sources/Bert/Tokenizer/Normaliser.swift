// SPDX-License-Identifier: Apache-2.0
internal import Files

/// Takes the scalars of a normalised text, one after the other.
protocol ScalarSink: ~Copyable {
    /// Whether it wants to know where scalars stand.
    static var wantsPlaces: Bool { get }
    /// What comes next stands here in the text, in bytes.
    mutating func place(_ place: Range<Int>)
    /// Takes one ASCII scalar.
    mutating func append(ascii byte: UInt8)
    /// Takes one scalar of any value.
    mutating func append(_ scalar: UInt32)
}

/// Hugging Face's BertNormalizer, scalar by scalar: clean the text, set ideographs apart, strip accents, lowercase, in
/// this order. Only accent stripping looks at more than one scalar, since it puts marks into canonical order.
struct Normaliser: Sendable, Equatable {
    /// The switches of a BertNormalizer; all off, it leaves the text as it is.
    struct Options: Sendable, Equatable {
        /// Drop control characters, make every whitespace a space.
        var cleansText = false
        /// Put a space on either side of Chinese characters.
        var spacesIdeographs = false
        /// Decompose canonically and drop nonspacing marks.
        var stripsAccents = false
        /// Lowercase each scalar by itself: no final sigma, no locale.
        var lowercases = false
    }

    /// Marks that accent stripping keeps, waiting for the end of their run to be put into canonical order. Where places
    /// are wanted, those that it drops are among them, for they move the others.
    /// It outlives a call, so that a text may come in parts.
    struct Marks {
        fileprivate struct Mark {
            let scalar: UInt32
            let order: UInt8
            let isDropped: Bool
            /// nil for what a decomposition has beyond its first scalar.
            let place: Range<Int>?
        }

        fileprivate var run: [Mark] = []
        /// Of the scalar that is being looked at, until the first of its decomposition has it.
        fileprivate var place: Range<Int>?
        /// Of the scalar that came last.
        fileprivate var last = 0..<0

        fileprivate mutating func passStarter() {
            last = place ?? last
            place = nil
        }

        fileprivate mutating func append(_ scalar: UInt32, order: UInt8, isDropped: Bool) {
            run.append(Mark(scalar: scalar, order: order, isDropped: isDropped, place: place))
            place = nil
        }
    }

    private typealias Flag = ScalarProperties

    let options: Options
    private let properties = ScalarProperties.shared
    /// What becomes of each ASCII scalar; `removed` for nothing.
    private let ascii: [UInt8]
    private static let removed: UInt8 = 0x80

    /// The switches decide all else.
    static func == (first: Normaliser, second: Normaliser) -> Bool { first.options == second.options }

    init(_ options: Options) {
        self.options = options
        let flags = ScalarProperties.shared.flags
        ascii = (UInt8(0)..<0x80).map { byte in
            if options.cleansText, flags[Int(byte)] & Flag.control != 0 { return Self.removed }
            if options.cleansText, flags[Int(byte)] & Flag.whitespace != 0 { return UInt8(ascii: " ") }
            return options.lowercases && flags[Int(byte)] & Flag.lowercases != 0 ? byte | 0x20 : byte
        }
    }

    /// Normalises one part of a text. The parts must be cut between scalars; after the last one, call `finish`.
    /// - Parameter origin: where the part begins in the text.
    @inline(__always)
    func normalise<Sink: ScalarSink & ~Copyable>(
        _ part: UnsafeBufferPointer<UInt8>,
        at origin: Int,
        marks: inout Marks,
        into sink: inout Sink
    ) {
        ascii.withUnsafeBufferPointer { ascii in
            var at = 0
            while at < part.count {
                if part[at] < 0x80, marks.run.isEmpty {
                    repeat {
                        let byte = ascii[Int(part[at])]
                        if Sink.wantsPlaces { sink.place(origin + at..<origin + at + 1) }
                        if byte != Self.removed { sink.append(ascii: byte) }
                        at += 1
                    } while at < part.count && part[at] < 0x80
                } else {
                    let (scalar, length) = UTF8Scalar.decode(part, at: at)
                    if Sink.wantsPlaces {
                        let place = origin + at..<origin + at + length
                        sink.place(place)
                        marks.place = place
                    }
                    at += length
                    append(scalar, marks: &marks, into: &sink)
                }
            }
        }
    }

    /// Hands on what still waits for its order.
    @inline(__always)
    func finish(marks: inout Marks, into sink: inout some ScalarSink & ~Copyable) {
        if !marks.run.isEmpty { order(marks: &marks, into: &sink) }
    }

    private func append(_ scalar: UInt32, marks: inout Marks, into sink: inout some ScalarSink & ~Copyable) {
        var scalar = scalar
        var flags = properties.flags[Int(scalar)]
        if options.cleansText, flags & (Flag.control | Flag.whitespace) != 0 {
            if flags & Flag.control != 0 { return }
            scalar = 0x20
            flags = Flag.whitespace
        }
        let apart = options.spacesIdeographs && flags & Flag.ideograph != 0
        if apart {
            finish(marks: &marks, into: &sink)
            sink.append(ascii: 0x20)
        }
        if options.stripsAccents {
            strip(scalar, flags, marks: &marks, into: &sink)
        } else {
            lower(scalar, flags, into: &sink)
        }
        if apart { sink.append(ascii: 0x20) }
    }

    /// Canonical decomposition, without what is dropped from it.
    private func strip<Sink: ScalarSink & ~Copyable>(
        _ scalar: UInt32,
        _ flags: UInt8,
        marks: inout Marks,
        into sink: inout Sink
    ) {
        if flags & (Flag.dropped | Flag.decomposes | Flag.reorders) == 0 {
            finish(marks: &marks, into: &sink)
            marks.passStarter()
            lower(scalar, flags, into: &sink)
        } else if flags & Flag.dropped != 0 {
            // A starter keeps the marks before it from passing those behind it, though it leaves nothing itself.
            if flags & Flag.reorders == 0 {
                finish(marks: &marks, into: &sink)
                marks.passStarter()
            } else if Sink.wantsPlaces {
                marks.append(scalar, order: Self.combiningClass(of: scalar), isDropped: true)
            }
        } else if flags & Flag.decomposes == 0 {
            marks.append(scalar, order: properties.classes[scalar] ?? 0, isDropped: false)
        } else if Hangul.syllables.contains(Int(scalar)) {
            finish(marks: &marks, into: &sink)
            let (lead, vowel, tail) = Hangul.jamo(of: scalar)
            sink.append(lead)
            sink.append(vowel)
            if let tail { sink.append(tail) }
        } else if let parts = properties.sequences[scalar] {
            for part in parts { strip(part, properties.flags[Int(part)], marks: &marks, into: &sink) }
        } else {
            finish(marks: &marks, into: &sink)
            let base = properties.bases[scalar]
            lower(base, properties.flags[Int(base)], into: &sink)
        }
    }

    /// Of a mark that is dropped; those that are kept are in the tables.
    private static func combiningClass(of scalar: UInt32) -> UInt8 {
        Unicode.Scalar(scalar)?.properties.canonicalCombiningClass.rawValue ?? 0
    }

    @inline(__always)
    private func lower(_ scalar: UInt32, _ flags: UInt8, into sink: inout some ScalarSink & ~Copyable) {
        if !options.lowercases || flags & Flag.lowercases == 0 {
            sink.append(scalar)
        } else if scalar == 0x130 {
            // The only one that becomes two: i and a dot above.
            sink.append(ascii: UInt8(ascii: "i"))
            sink.append(0x307)
        } else {
            sink.append(properties.lowercase[scalar])
        }
    }

    /// Canonical order is a stable sort by class; there are few classes, so that a pass for each keeps it linear.
    ///
    /// The marks stand, in their new order, where they stood in the old: that is how Hugging Face sees it.
    @inline(never)
    private func order(marks: inout Marks, into sink: inout some ScalarSink & ~Copyable) {
        var places = marks.run.lazy.compactMap(\.place).makeIterator()
        for order in Set(marks.run.map(\.order)).sorted() {
            for mark in marks.run where mark.order == order {
                if mark.place != nil { marks.last = places.next() ?? marks.last }
                guard !mark.isDropped else { continue }
                sink.place(marks.last)
                lower(mark.scalar, properties.flags[Int(mark.scalar)], into: &sink)
            }
        }
        marks.run.removeAll()
        if let place = marks.place { sink.place(place) }
    }
}

/// Gathers a normalised text as UTF-8.
struct ByteSink: ScalarSink {
    static let wantsPlaces = false
    private(set) var bytes: [UInt8] = []

    mutating func place(_ place: Range<Int>) {}

    mutating func append(ascii byte: UInt8) { bytes.append(byte) }

    mutating func append(_ scalar: UInt32) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4) { space in
            guard let start = space.baseAddress else { return }
            let length = UTF8Scalar.encode(scalar, to: start)
            bytes.append(contentsOf: space[..<length])
        }
    }
}

/// The same, and where each byte comes from.
struct PlacedByteSink: ScalarSink {
    static let wantsPlaces = true
    private(set) var text = ByteSink()
    private(set) var places: [Range<Int>] = []
    private var current = 0..<0

    mutating func place(_ place: Range<Int>) { current = place }

    mutating func append(ascii byte: UInt8) {
        text.append(ascii: byte)
        places.append(current)
    }

    mutating func append(_ scalar: UInt32) {
        text.append(scalar)
        while places.count < text.bytes.count { places.append(current) }
    }
}

extension Normaliser {
    /// The whole text, normalised.
    func normalise(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var sink = ByteSink()
        normalise(text, at: 0, into: &sink)
        return sink.bytes
    }

    /// Normalises a stretch that begins at `origin`, to its end.
    func normalise(_ text: UnsafeBufferPointer<UInt8>, at origin: Int, into sink: inout some ScalarSink) {
        var marks = Marks()
        normalise(text, at: origin, marks: &marks, into: &sink)
        finish(marks: &marks, into: &sink)
    }
}

extension Normaliser.Options {
    /// Those of a `tokenizer.json`'s normaliser, which is a BertNormalizer or none.
    init(_ part: TokenizerPart?, _ path: String) throws(FileError) {
        let parts = part.map { $0.leaves(\.normalizers) } ?? []
        if let other = parts.first(where: { $0.type != "BertNormalizer" }) {
            throw TokenizerPart.refusal("normalizer", other.type, path)
        }
        guard parts.count <= 1 else {
            throw TokenizerPart.refusal("normalizer", "Sequence of several BertNormalizer", path)
        }
        guard let part = parts.first else {
            self.init()
            return
        }
        let lowercases = part.lowercase ?? true
        self.init(
            cleansText: part.cleanText ?? true,
            spacesIdeographs: part.handleChineseChars ?? true,
            stripsAccents: part.stripAccents ?? lowercases,
            lowercases: lowercases
        )
    }
}
