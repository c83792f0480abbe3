// SPDX-License-Identifier: Apache-2.0

/// What other thresholds would have made of records: how many of each day would be decided otherwise, and some of them.
///
/// Reports of parts of the records can be added up, in any order.
public struct WhatIfReport: Sendable, Equatable {
    /// From one decision to another, on one day.
    public struct Move: Hashable, Sendable {
        /// Days since 1970-01-01 in UTC, by the record's timestamp; nil where it has none.
        public let day: Int64?
        /// What the record's result says.
        public let before: String
        /// What it would say.
        public let after: String

        /// Whether the decision is another one.
        public var isChange: Bool { before != after }
    }

    /// A record that would be decided otherwise.
    public struct Example: Sendable, Equatable {
        /// Its id.
        public let id: String
        /// The label with the highest score.
        public let label: String
        /// That score.
        public let score: Float
        /// Its text, where the result has it.
        public let text: String?
        /// Where the result stands; the first ones are shown, in whatever order they are read.
        let place: Place
    }

    /// A partition and an offset; in a file, a byte.
    struct Place: Comparable, Sendable {
        let partition: Int32
        let offset: Int64

        static func < (one: Place, other: Place) -> Bool {
            (one.partition, one.offset) < (other.partition, other.offset)
        }
    }

    /// What became of the records that make one move.
    public struct Row: Sendable, Equatable {
        /// How many there are.
        public fileprivate(set) var count = 0
        /// The first of them; none where the decision stays.
        public fileprivate(set) var examples: [Example] = []

        fileprivate func wants(_ place: Place) -> Bool {
            examples.last.map { examples.count < WhatIfReport.examples || place < $0.place } ?? true
        }

        fileprivate mutating func add(_ more: [Example]) {
            examples = Array((examples + more).sorted { $0.place < $1.place }.prefix(WhatIfReport.examples))
        }
    }

    /// How many examples a move has, at most.
    static let examples = 3

    /// All moves, those that leave the decision as it is too.
    public private(set) var rows: [Move: Row] = [:]
    /// Results that were not scored at all: what could not be tagged, or was not to be.
    public internal(set) var untagged = 0
    /// Records that hold no result that can be read.
    public internal(set) var unreadable = 0
    /// Records of which nothing says whose they are, though thresholds depend on that: those of all were taken.
    public internal(set) var tenantUnknown = 0
    /// Labels that thresholds name and that no record has a score of; set once all are read.
    public internal(set) var unknownLabels: [String] = []
    private(set) var labels: Set<String> = []

    init() {}

    /// Records that have a decision.
    public var records: Int { rows.values.reduce(0) { $0 + $1.count } }

    /// Records that would be decided otherwise.
    public var changed: Int { rows.reduce(0) { $0 + ($1.key.isChange ? $1.value.count : 0) } }

    /// The moves by day, the most frequent first.
    public var moves: [(move: Move, row: Row)] {
        rows.map { (move: $0.key, row: $0.value) }.sorted { one, other in
            let (day, otherDay) = (one.move.day ?? .max, other.move.day ?? .max)
            if day != otherDay { return day < otherDay }
            if one.row.count != other.row.count { return one.row.count > other.row.count }
            return (one.move.before, one.move.after) < (other.move.before, other.move.after)
        }
    }

    /// Those of them that lead from one decision to another.
    public var changes: [(move: Move, row: Row)] { moves.filter(\.move.isChange) }

    /// - Parameters:
    ///   - place: where the result stands.
    ///   - example: made only where it is wanted.
    mutating func add(_ move: Move, labels ranking: some Sequence<String>, at place: Place, example: () -> Example) {
        for label in ranking where !labels.contains(label) { labels.insert(label) }
        if move.isChange, rows[move, default: Row()].wants(place) { rows[move, default: Row()].add([example()]) }
        rows[move, default: Row()].count += 1
    }

    mutating func add(_ other: WhatIfReport) {
        for (move, row) in other.rows {
            rows[move, default: Row()].count += row.count
            rows[move, default: Row()].add(row.examples)
        }
        untagged += other.untagged
        unreadable += other.unreadable
        tenantUnknown += other.tenantUnknown
        labels.formUnion(other.labels)
    }
}
