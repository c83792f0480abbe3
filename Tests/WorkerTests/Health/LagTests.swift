// SPDX-License-Identifier: Apache-2.0
import Kafka
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct LagTests {
    private let partition = TopicPartition(topic: "in", partition: 0)
    private let start = ContinuousClock.now

    private func status(lag: Int64, trend: Double?) -> Health.Status {
        let account = AssignedPartitions(maxRecords: 1, maxBytes: 1).account
        return Health.Status(
            account: account,
            isPaused: false,
            progress: [progress(committed: 0, end: lag)],
            lagTrend: trend
        )
    }

    private func progress(
        committed: Int64,
        end: Int64?,
        oldest: Int64? = nil,
        newest: Int64? = nil,
        caughtUp: Int64? = nil
    ) -> PartitionProgress {
        PartitionProgress(
            partition: partition,
            committed: OffsetAndMetadata(offset: committed),
            end: end,
            times: RecordTimes(oldestInFlight: oldest, newestDone: newest),
            caughtUp: caughtUp,
            now: 100_000
        )
    }

    @Test("A lag that shrinks has an end, one that grows or stays has none, and a little time says nothing")
    func trend() throws {
        var trend = LagTrend()
        for second in 0..<5 { trend.add(1_000 - 10 * second, of: [partition], at: start + .seconds(second)) }
        #expect(trend.recordsPerSecond == nil)
        for second in 5..<100 { trend.add(1_000 - 10 * second, of: [partition], at: start + .seconds(second)) }
        let slope = try #require(trend.recordsPerSecond)
        #expect(abs(slope + 10) < 1e-6)
        #expect(LagForecast([status(lag: 300, trend: slope), status(lag: 200, trend: 5)]).seconds == 100)
        #expect(LagForecast([status(lag: 300, trend: 10)]).seconds == .infinity)
        #expect(LagForecast([status(lag: 300, trend: 0)]).seconds == .infinity)
        #expect(LagForecast([status(lag: 0, trend: 3)]).seconds == 0)
        #expect(LagForecast([status(lag: 1, trend: -1), status(lag: 1, trend: nil)]).seconds == nil)
    }

    @Test("What was before the last minute, or before a rebalance, is forgotten")
    func forgotten() throws {
        var trend = LagTrend()
        for second in 0..<60 { trend.add(1_000 * second, of: [partition], at: start + .seconds(second)) }
        for second in 60..<130 { trend.add(60_000 - second, of: [partition], at: start + .seconds(second)) }
        #expect(abs(try #require(trend.recordsPerSecond) + 1) < 1e-6)
        trend.add(5, of: [partition, TopicPartition(topic: "in", partition: 1)], at: start + .seconds(130))
        #expect(trend.recordsPerSecond == nil)
    }

    @Test("A partition lags as long as its oldest record that is not done, and not at all when nothing is left")
    func seconds() {
        #expect(progress(committed: 5, end: 5, newest: 1).lagSeconds == 0)
        #expect(progress(committed: 5, end: 9, oldest: 40_000, newest: 1, caughtUp: 2).lagSeconds == 60)
        #expect(progress(committed: 5, end: 9, newest: 70_000, caughtUp: 90_000).lagSeconds == 10)
        #expect(progress(committed: 5, end: 9, newest: 70_000).lagSeconds == 30)
        #expect(progress(committed: 5, end: 9, oldest: 200_000).lagSeconds == 0)
        #expect(progress(committed: 5, end: 9).lagSeconds == nil && progress(committed: 5, end: nil).lagSeconds == nil)
    }

    @Test("A partition knows the times of what is in flight and of what is done, whatever is done first")
    func times() throws {
        var partitions = AssignedPartitions(maxRecords: 100, maxBytes: 10_000)
        partitions.assign([partition])
        let make = try InFlightMaker()
        let items = try (0..<3 as Range<Int64>).map { offset in
            let record = Record(
                topicPartition: partition,
                offset: offset,
                timestamp: Timestamp(milliseconds: 1_000 + offset),
                value: []
            )
            return try make.tag(record, in: &partitions, messages: 0)
        }
        #expect(partitions.account.times[partition] == RecordTimes(oldestInFlight: 1_000, newestDone: nil))
        for item in [items[1], items[0]] { partitions.resolve(item) }
        #expect(partitions.account.times[partition] == RecordTimes(oldestInFlight: 1_002, newestDone: 1_001))
        partitions.revoke([partition])
        #expect(partitions.account.times.isEmpty)
    }
}
