// SPDX-License-Identifier: Apache-2.0
import Kafka

/// The records of the input against the results that name them. Pure; records and results come in any order, but those
/// of one partition in the order of their offsets.
///
/// **Order**: the results of one source partition must ascend within each output partition. Where they do not, the worker
/// either mixed them up or had gone back, after a crash, to what it then did again. A worker that goes back does again
/// all that comes after; so a result with an earlier one behind it is in order if its record has another result too.
struct Ledger {
    /// What is known of one partition of the input.
    private struct Account {
        /// What the partition held when the audit began.
        let bounds: Range<Int64>
        var records = OffsetSet()
        /// Records that the settings let the worker pass over.
        var skippable = OffsetSet()
        var results = OffsetSet()
        var repeated = OffsetSet()
        /// Records whose result has one of an earlier record behind it.
        var turns = OffsetSet()
    }

    /// Results of one source partition in one output partition.
    private struct Way: Hashable {
        let source: TopicPartition
        let output: TopicPartition
    }

    private var accounts: [TopicPartition: Account]
    private var last: [Way: Int64] = [:]
    private var unmatched = 0
    private var repeats = 0

    /// - Parameter inputs: the partitions of the input, and what each holds.
    init(inputs: [TopicPartition: Range<Int64>]) {
        accounts = inputs.mapValues { Account(bounds: $0) }
    }

    /// There is such a record in the input.
    /// - Parameter isSkippable: by the settings it may do without a result.
    mutating func expect(_ partition: TopicPartition, _ offset: Int64, isSkippable: Bool = false) {
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
        if accounts[source.partition]?.results.insert(source.offset) == false {
            repeats += 1
            accounts[source.partition]?.repeated.insert(source.offset)
        }
        let way = Way(source: source.partition, output: output)
        if let last = last.updateValue(source.offset, forKey: way), last > source.offset {
            accounts[source.partition]?.turns.insert(last)
        }
    }

    /// What all that came in amounts to.
    /// - Parameter limit: ranges of offsets that each finding names, at most.
    func report(limit: Int) -> AuditReport {
        var report = AuditReport()
        report.unmatched = unmatched
        for (partition, account) in accounts.sorted(by: { $0.key < $1.key }) {
            report.records += account.records.count + account.skippable.count
            report.skippable += account.skippable.subtracting(account.results).count
            let known = account.results.subtracting(account.records).subtracting(account.skippable)
            report.unmatched += known.count
            report.missing.add(account.records.subtracting(account.results), of: partition, limit)
            report.repeated.add(account.repeated, of: partition, limit)
            report.outOfOrder.add(account.turns.subtracting(account.repeated), of: partition, limit)
            report.replays += account.turns.intersection(account.repeated).count
        }
        // Three results of one record are two too many.
        report.repeated.count = repeats
        return report
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
