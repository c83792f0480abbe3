// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka

extension Flow.Publication {
    /// What goes out in the place of a message that was refused for what it is; nil if it was refused for another reason.
    ///
    /// Brokers refuse a batch as a whole, so that a message goes again alone before it becomes a dead letter. Throws if
    /// that is a dead letter itself: to go on would be to skip its record.
    /// - Parameter isCertain: this message was meant, and not another of its batch.
    func replacement(
        for error: KafkaError,
        isCertain: Bool = false,
        by rules: Rules
    ) throws(WorkerError) -> Flow.Publication? {
        let reason: Rejection.Reason
        switch error.kind {
        case .messageTooLarge: reason = .outputTooLarge
        case .recordRejected: reason = .produceRejected
        default: return nil
        }
        guard isAlone || isCertain else {
            var again = self
            again.isAlone = true
            return again
        }
        if case .deadLetter = kind { throw .deadLetterRefused(error) }
        return Flow.Publication(
            ticket: ticket,
            message: rules.deadLetter(record, Rejection(reason, in: .publish, error.reason)),
            record: record,
            kind: .deadLetter(reason)
        )
    }
}
