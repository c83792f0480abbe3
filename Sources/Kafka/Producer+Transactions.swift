// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// Transactions, with `transactional.id` set. What an error asks for is in it: `isRetriable` (the same call again),
/// `requiresAbort` (abort, then begin anew) or `isFatal` (end this producer).
///
/// Commit and abort first wait until each record sent has its report; the next `poll` brings those reports.
extension Producer {
    /// Once, before the first transaction: fences older producers of the same id and finishes what they left.
    public func initTransactions(timeout: Duration) throws(KafkaError) {
        let operation = "start of transactions as '\(client.transactionalID)'"
        try client.check(rd_kafka_init_transactions(client.handle, timeout.milliseconds), operation)
    }

    /// Begins a transaction; all that is sent from now on belongs to it. While one is open that has failed, this changes
    /// nothing and throws what it failed of.
    public func beginTransaction() throws(KafkaError) {
        try client.check(rd_kafka_begin_transaction(client.handle), "begin of a transaction")
    }

    /// Makes offsets of a group part of the transaction. The consumer's own commits must be off.
    /// - Parameter membership: taken before the offsets were looked up. If the group has moved on since, it refuses them.
    public func sendOffsets(
        _ offsets: [TopicPartition: OffsetAndMetadata],
        as membership: Consumer.Membership,
        timeout: Duration
    ) throws(KafkaError) {
        guard !offsets.isEmpty else { return }
        let list = PartitionList(offsets)
        try client.check(
            rd_kafka_send_offsets_to_transaction(client.handle, list.pointer, membership.pointer, timeout.milliseconds),
            "offsets of \(offsets.keys.summary) in a transaction"
        )
    }

    /// Commits: records and offsets become visible together, or not at all.
    public func commitTransaction(timeout: Duration) throws(KafkaError) {
        try client.check(rd_kafka_commit_transaction(client.handle, timeout.milliseconds), "commit of a transaction")
    }

    /// Aborts: no `read_committed` reader ever sees the records, and the offsets stay as they were.
    public func abortTransaction(timeout: Duration) throws(KafkaError) {
        try client.check(rd_kafka_abort_transaction(client.handle, timeout.milliseconds), "abort of a transaction")
    }
}
