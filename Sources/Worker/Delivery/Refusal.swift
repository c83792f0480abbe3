// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka

/// What is done about a message that was refused for what it is.
struct Refusal {
    let deadLetter: DeadLetter
    /// Whether the other messages of the record are not published either, for a transaction holds them all.
    let isForAll: Bool

    /// What is to be done about a message that was refused.
    enum Remedy {
        /// It is to be sent again, or what took its place.
        case sendAgain
        /// It is not needed any more: another message of its record is a dead letter already.
        case drop
        /// It was not refused for what it is.
        case none
    }

    /// Has a message that was refused go again, alone, or replaces it by its record's dead letter.
    ///
    /// Brokers refuse a batch as a whole, so that a message goes again alone before it becomes a dead letter. Throws if
    /// that is a dead letter itself: to go on would be to skip its record.
    /// - Parameter isCertain: this message was meant, and not another of its batch.
    func mend(_ outgoing: Outgoing, _ error: KafkaError, isCertain: Bool) throws(WorkerError) -> Remedy {
        let reason: Rejection.Reason
        switch error.kind {
        case .messageTooLarge: reason = .outputTooLarge
        case .recordRejected: reason = .produceRejected
        default: return .none
        }
        let item = outgoing.item
        guard outgoing.goesAlone || isCertain else {
            item.alone.insert(outgoing.index)
            return .sendAgain
        }
        guard item.letter != outgoing.index else { throw .deadLetterRefused(error) }
        guard item.letter == nil else {
            item.drop(outgoing.index)
            return .drop
        }
        let letter = deadLetter(item.record, Rejection(reason, in: .publish, error.reason))
        item.replace(outgoing.index, with: letter, for: reason)
        if isForAll {
            for index in item.indices where index != outgoing.index { item.drop(index) }
        }
        // The letter may be refused for a neighbour's sake in its turn.
        item.alone.remove(outgoing.index)
        return .sendAgain
    }
}
