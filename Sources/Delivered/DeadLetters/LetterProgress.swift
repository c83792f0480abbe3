// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Which letters of one partition are settled: requeued or dropped. Pure.
///
/// All below `position` are, which is what the group commits; what was settled out of turn stands in the metadata of that
/// offset, so that a filter can pick letters anywhere and none of them is ever picked again.
struct LetterProgress: Equatable {
    private(set) var position: Int64
    /// Settled stretches beyond the position, in order, with open letters between them.
    private(set) var beyond: [ClosedRange<Int64>] = []

    /// What a broker takes, with something to spare.
    private static let maxMetadataBytes = 4_000

    init(position: Int64) {
        self.position = position
    }

    /// Reads what a group committed; nil if its metadata is none of ours.
    init?(_ committed: OffsetAndMetadata) {
        position = committed.offset
        for part in committed.metadata.split(separator: ",", omittingEmptySubsequences: true) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
                first > 0, first <= last, let end = sum(position, last), end < .max,
                position + first > (beyond.last?.upperBound ?? position)
            else { return nil }
            beyond.append(position + first...end)
        }
    }

    /// What to commit.
    var toCommit: OffsetAndMetadata { OffsetAndMetadata(offset: position, metadata: metadata) }

    func isSettled(_ offset: Int64) -> Bool {
        offset < position || beyond.contains { $0.contains(offset) }
    }

    /// Settles these offsets, of which only the last need have a letter; false, and nothing changes, if there is no room
    /// for another stretch in the metadata.
    mutating func settle(_ offsets: ClosedRange<Int64>) -> Bool {
        var next = self
        next.add(offsets)
        guard next.metadata.utf8.count <= Self.maxMetadataBytes else { return false }
        self = next
        return true
    }

    private mutating func add(_ offsets: ClosedRange<Int64>) {
        guard offsets.upperBound >= position else { return }
        var merged = max(offsets.lowerBound, position)...offsets.upperBound
        var others: [ClosedRange<Int64>] = []
        for stretch in beyond {
            if stretch.lowerBound <= merged.upperBound + 1, merged.lowerBound <= stretch.upperBound + 1 {
                merged = min(stretch.lowerBound, merged.lowerBound)...max(stretch.upperBound, merged.upperBound)
            } else {
                others.append(stretch)
            }
        }
        if merged.lowerBound == position {
            position = merged.upperBound + 1
        } else {
            others.append(merged)
        }
        beyond = others.sorted { $0.lowerBound < $1.lowerBound }
    }

    /// The stretches, counted from the position: `3,7-12`.
    private var metadata: String {
        beyond.map { stretch in
            let (first, last) = (stretch.lowerBound - position, stretch.upperBound - position)
            return first == last ? "\(first)" : "\(first)-\(last)"
        }.joined(separator: ",")
    }
}

private func sum(_ first: Int64, _ second: Int64) -> Int64? {
    let (sum, isTooLarge) = first.addingReportingOverflow(second)
    return isTooLarge ? nil : sum
}
