// SPDX-License-Identifier: Apache-2.0
import Kafka
import Logging

/// Fronts that jump ahead, and what they leave behind: `catch.up=newest_first`.
extension Intake {
    /// How long an idle worker waits for records out of gaps, and with that those at the front wait for it.
    private static let gapTimeout = Duration.milliseconds(5)
    private static let queryTimeout = Duration.seconds(1)

    /// Asks of partitions that were assigned which gaps they were left with.
    /// - Returns: whether that is known of all; nothing may be admitted before.
    mutating func resumeAssigned() throws(KafkaError) -> Bool {
        let assigned = worker.withPartitions(\.unresumed)
        guard !assigned.isEmpty else { return true }
        do throws(KafkaError) {
            let committed = try source.committed(assigned, timeout: Self.queryTimeout)
            worker.withPartitions { $0.resume(assigned, at: committed) }
            return true
        } catch {
            // As where a transaction is to end first, which has offsets of these partitions.
            try note(error)
            return false
        }
    }

    /// Has a front jump ahead where its next record is too old.
    mutating func jump(
        at record: Record,
        in partitions: inout AssignedPartitions,
        time: Int64,
        now: ContinuousClock.Instant
    ) -> Range<Int64>? {
        let partition = record.topicPartition
        let end = source.cachedWatermarks(of: partition)?.high
        guard let gap = catchUp?.gap(at: record, end: end, time: time, now: now),
            partitions.jump(over: gap, of: partition)
        else { return nil }
        catchUp?.jumped(partition, at: now)
        return gap
    }

    func noteJump(over gap: Range<Int64>, of partition: TopicPartition) {
        metrics.jumped()
        log.info(
            "jumped ahead to the newest records; those before are tagged behind them",
            ["partition": "\(partition)", "from": "\(gap.lowerBound)", "to": "\(gap.upperBound)"]
        )
    }

    /// Has fronts go on where they are. If that fails, what comes from before that is passed over.
    func seek(_ fronts: [TopicPartition: Int64]) throws(KafkaError) {
        guard !fronts.isEmpty else { return }
        do throws(KafkaError) { try source.seek(fronts) } catch { try note(error) }
    }

    /// How long to wait for records at the front where there is room for them: not at all while others can be read.
    var frontTimeout: Duration {
        guard catchUp != nil else { return Self.pollTimeout }
        let (hasGaps, room) = worker.withPartitions { (!$0.unread.isEmpty, $0.roomBehind) }
        guard hasGaps else { return Self.pollTimeout }
        return room > 0 ? .zero : Self.gapTimeout
    }

    /// Reads from gaps if all that waits at the front is read and little is in flight.
    mutating func takeBehind(isCaughtUp: Bool) throws(KafkaError) {
        guard catchUp != nil else { return }
        let (unread, room, bytes) = worker.withPartitions { ($0.unread, $0.roomBehind, $0.roomForBytes) }
        if unread.isEmpty {
            gaps?.close()
        } else if isCaughtUp, room > 0,
            let poll = try gaps?.poll(
                unread,
                upTo: min(room, Self.recordsPerPoll),
                bytes: max(bytes, 1),
                timeout: Self.gapTimeout
            )
        {
            for error in poll.errors { try note(error) }
            try admit(poll.records, isBehind: true)
            worker.withPartitions { partitions in
                for (partition, offset) in poll.ends { partitions.reachEndBehind(of: partition, at: offset) }
            }
        }
        let left = worker.withPartitions(\.partitionsBehind)
        for partition in behind.subtracting(left).sorted() {
            log.info("all that was jumped over is done", ["partition": "\(partition)"])
        }
        behind = left
    }
}
