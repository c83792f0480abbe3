// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka

/// What is done about a message that was refused for what it is.
struct Refusal {
    let deadLetter: DeadLetter

    /// Has a message that was refused go again, alone, or replaces it by its record's dead letter.
    ///
    /// Brokers refuse a batch as a whole, so that a message goes again alone before it becomes a dead letter. Throws if
    /// that is a dead letter itself: to go on would be to skip its record.
    /// - Parameter isCertain: this message was meant, and not another of its batch.
    /// - Returns: whether the message was refused for what it is; false where it was for another reason.
    func mend(_ outgoing: Outgoing, _ error: KafkaError, isCertain: Bool) throws(WorkerError) -> Bool {
        let reason: Rejection.Reason
        switch error.kind {
        case .messageTooLarge: reason = .outputTooLarge
        case .recordRejected: reason = .produceRejected
        default: return false
        }
        let item = outgoing.item
        guard item.goesAlone || isCertain else {
            item.goesAlone = true
            return true
        }
        if case .deadLetter = item.result { throw .deadLetterRefused(error) }
        let letter = deadLetter(item.record, Rejection(reason, in: .publish, error.reason))
        item.replace(outgoing.index, with: letter, for: reason)
        // The letter may be refused for a neighbour's sake in its turn.
        item.goesAlone = false
        return true
    }
}
