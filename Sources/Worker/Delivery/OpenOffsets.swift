// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Which offsets of a partition are still to be done, as a group keeps it: the committed offset is the lowest of them, and
/// its metadata says what behind that is done.
///
/// `c4b1 120,45,30,7`: 120 offsets to do, 45 done, 30 to do, 7 done, and from there on all to do. Without gaps there is no
/// metadata. So who does not know this text, another program or an older version, does some again and loses nothing.
struct OpenOffsets: Equatable {
    /// Those before the front: ascending, with offsets between them, and before the front, that are done.
    let gaps: [Range<Int64>]
    /// From here on all are to be done.
    let front: Int64

    /// What the metadata begins with; the digit is that of its version.
    private static let mark = "c4b1 "
    /// What a broker takes.
    private static let maxBytes = 4_096

    /// - Parameters:
    ///   - ranges: what is to be done before the front, in ascending order; they may be empty, and touch.
    init(_ ranges: [Range<Int64>], front: Int64) {
        var gaps: [Range<Int64>] = []
        for range in ranges where !range.isEmpty {
            if let last = gaps.last, last.upperBound == range.lowerBound {
                gaps[gaps.count - 1] = last.lowerBound..<range.upperBound
            } else {
                gaps.append(range)
            }
        }
        if let last = gaps.last, last.upperBound == front {
            self.gaps = gaps.dropLast()
            self.front = last.lowerBound
        } else {
            self.gaps = gaps
            self.front = front
        }
    }

    /// Reads what a group committed. Metadata that is not ours, or does not fit its offset, says nothing: all is to be
    /// done.
    init(_ committed: OffsetAndMetadata) {
        var (gaps, front) = ([Range<Int64>](), committed.offset)
        for (open, done) in Self.lengths(committed.metadata) {
            let (end, isPastOpen) = front.addingReportingOverflow(open)
            let (next, isPastDone) = end.addingReportingOverflow(done)
            guard front >= 0, !isPastOpen, !isPastDone else {
                (gaps, front) = ([], committed.offset)
                break
            }
            gaps.append(front..<end)
            front = next
        }
        self.gaps = gaps
        self.front = front
    }

    /// How many offsets are to be done in turn, and how many behind them are done; none if the text is not ours.
    private static func lengths(_ metadata: String) -> [(open: Int64, done: Int64)] {
        guard metadata.utf8.count <= maxBytes, metadata.hasPrefix(mark) else { return [] }
        let numbers = metadata.dropFirst(mark.count).split(separator: ",", omittingEmptySubsequences: false)
            .map { text in text.utf8.first != UInt8(ascii: "+") ? Int64(text) ?? 0 : 0 }
        guard numbers.count.isMultiple(of: 2), numbers.allSatisfy({ $0 > 0 }) else { return [] }
        return stride(from: 0, to: numbers.count, by: 2).map { (numbers[$0], numbers[$0 + 1]) }
    }

    /// What to commit.
    var committed: OffsetAndMetadata {
        guard let first = gaps.first else { return OffsetAndMetadata(offset: front) }
        let ends = gaps.dropFirst().map(\.lowerBound) + [front]
        let lengths = zip(gaps, ends).map { gap, next in "\(gap.count),\(next - gap.upperBound)" }
        return OffsetAndMetadata(offset: first.lowerBound, metadata: Self.mark + lengths.joined(separator: ","))
    }

    /// How many are to be done before the end of the partition.
    func count(before end: Int64) -> Int64 {
        gaps.reduce(max(end - front, 0)) { $0 + max(min($1.upperBound, end) - $1.lowerBound, 0) }
    }
}
