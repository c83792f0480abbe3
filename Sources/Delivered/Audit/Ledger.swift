// SPDX-License-Identifier: Apache-2.0
import Kafka

/// The records of the input against the results that name them. Pure; records and results come in any order, but those
/// of one partition in the order of their offsets.
///
/// **Order**: the results of one source partition must ascend within each output partition. Where they do not, the worker
/// either mixed them up or had gone back, after a crash, to what it then did again. A worker that goes back does again
/// all that comes after; so a result with an earlier one behind it is in order if its record has another result too.
/// Of a worker that tags the newest first the results are two sequences, each of which ascends: those of the front, and
/// those of what it has jumped over. Each result is then taken for the next of the one that is nearest below it, which
/// finds two sequences wherever there are two ("patience sorting", Aldous and Diaconis, 1999).
struct Ledger {
    /// What is known of one partition of the input.
    fileprivate struct Account {
        /// What the partition held when the audit began.
        let bounds: Range<Int64>
        var records = OffsetSet()
        /// Records that the settings let the worker pass over.
        var skippable = OffsetSet()
        /// Records that a later version of the same comment may have taken the place of.
        var superseded = OffsetSet()
        /// The last version of each comment, by a hash of what its versions have in common.
        var versions: [Int: Int64] = [:]
        /// By the topic that they stand in.
        var results: [String: OffsetSet] = [:]
        var repeated = OffsetSet()
        /// Records whose result has one of an earlier record behind it.
        var turns = OffsetSet()
    }

    /// Results of one source partition in one output partition.
    private struct Way: Hashable {
        let source: TopicPartition
        let output: TopicPartition
    }

    /// The sets of topics that the results of one record may stand in.
    private let destinations: Set<Set<String>>
    private var accounts: [TopicPartition: Account]
    /// How many sequences the results on one way may be.
    private let sequences: Int
    /// The last results of these sequences, the highest first.
    private var last: [Way: [Int64]] = [:]
    private var unmatched = 0
    private var repeats = 0

    /// - Parameters:
    ///   - inputs: the partitions of the input, and what each holds.
    ///   - destinations: the topics that the results of one record stand in: in all of one of these sets.
    ///   - sequences: how many the results of one source partition in one output partition may be, each in order.
    init(inputs: [TopicPartition: Range<Int64>], destinations: Set<Set<String>>, sequences: Int = 1) {
        self.destinations = destinations
        self.sequences = sequences
        accounts = inputs.mapValues { Account(bounds: $0) }
    }

    /// There is such a record in the input.
    /// - Parameters:
    ///   - isSkippable: by the settings it may do without a result.
    ///   - comment: what it has in common with other versions of the same comment: those before the last one may do
    ///     without a result.
    mutating func expect(
        _ partition: TopicPartition,
        _ offset: Int64,
        isSkippable: Bool = false,
        comment: [UInt8]? = nil
    ) {
        // Of a billion comments two share a hash in one of 37 audits; a result would have to be missing of just one of these.
        if let comment, let earlier = accounts[partition]?.versions.updateValue(offset, forKey: comment.hashValue) {
            accounts[partition]?.superseded.insert(earlier)
        }
        if isSkippable {
            accounts[partition]?.skippable.insert(offset)
        } else {
            accounts[partition]?.records.insert(offset)
        }
    }

    /// A result came out of `source` and stands in the partition `output`.
    mutating func add(_ source: ResultSource?, in output: TopicPartition) {
        guard let source, accounts[source.partition]?.bounds.contains(source.offset) == true else {
            unmatched += 1
            return
        }
        if accounts[source.partition]?.results[output.topic, default: OffsetSet()].insert(source.offset) == false {
            repeats += 1
            accounts[source.partition]?.repeated.insert(source.offset)
        }
        let way = Way(source: source.partition, output: output)
        if let turn = last[way, default: []].follow(with: source.offset, upTo: sequences) {
            accounts[source.partition]?.turns.insert(turn)
        }
    }

    /// What all that came in amounts to.
    /// - Parameter limit: ranges of offsets that each finding names, at most.
    func report(limit: Int) -> AuditReport {
        var report = AuditReport()
        report.unmatched = unmatched
        var surplus = 0
        for (partition, account) in accounts.sorted(by: { $0.key < $1.key }) {
            let (found, whole, exact) = account.standing(in: destinations)
            // A result here and a dead letter there are two results, each of them whole.
            let doubled = whole.subtracting(exact)
            let repeated = account.repeated.union(doubled)
            surplus += doubled.count
            report.records += account.records.count + account.skippable.count
            report.skippable += account.skippable.subtracting(found).count
            let superseded = account.records.intersection(account.superseded).subtracting(found)
            report.superseded += superseded.count
            let known = found.subtracting(account.records).subtracting(account.skippable)
            report.unmatched += known.count
            report.missing.add(account.records.subtracting(whole).subtracting(superseded), of: partition, limit)
            report.repeated.add(repeated, of: partition, limit)
            report.outOfOrder.add(account.turns.subtracting(repeated), of: partition, limit)
            report.replays += account.turns.intersection(repeated).count
        }
        // Three results of one record are two too many.
        report.repeated.count = repeats + surplus
        return report
    }
}

extension Ledger.Account {
    /// The records with a result; those that have one in all topics of one of the sets; and those of them that have none
    /// elsewhere.
    func standing(
        in destinations: Set<Set<String>>
    ) -> (found: OffsetSet, whole: OffsetSet, exact: OffsetSet) {
        func all(_ topics: some Sequence<String>) -> OffsetSet {
            topics.reduce(OffsetSet()) { $0.union(results[$1] ?? OffsetSet()) }
        }
        var (whole, exact) = (OffsetSet(), OffsetSet())
        for topics in destinations {
            let missing = topics.map { all(topics).subtracting(results[$0] ?? OffsetSet()) }
            let here = missing.reduce(all(topics)) { $0.subtracting($1) }
            whole = whole.union(here)
            exact = exact.union(here.subtracting(all(results.keys.filter { !topics.contains($0) })))
        }
        return (all(results.keys), whole, exact)
    }
}

extension AuditReport.Finding {
    fileprivate mutating func add(_ offsets: OffsetSet, of partition: TopicPartition, _ limit: Int) {
        count += offsets.count
        // One more than is shown, so that it is known whether there are more.
        let found = offsets.ranges(limit: limit + 1 - ranges.count)
        ranges += found.map { AuditReport.Stretch(partition: partition, offsets: $0) }
        isCut = ranges.count > limit
        ranges = Array(ranges.prefix(limit))
    }
}

extension [Int64] {
    /// Makes an offset the last of one of the sequences whose last ones these are, or of a new one.
    /// - Returns: what it comes too late for, where it is below the last of all.
    fileprivate mutating func follow(with offset: Int64, upTo limit: Int) -> Int64? {
        if let index = firstIndex(where: { $0 <= offset }) {
            self[index] = offset
        } else if count < limit {
            append(offset)
        } else {
            let late = removeLast()
            append(offset)
            return late
        }
        return nil
    }
}
