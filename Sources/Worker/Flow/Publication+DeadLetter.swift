// SPDX-License-Identifier: Apache-2.0
import Kafka

extension Flow.Publication {
    /// What goes in the place of a message that was refused for what it is; nil if it was for another reason. Throws if it
    /// is a dead letter itself: to go on would be to skip its record.
    func replacement(for error: KafkaError, by rules: Rules) throws(WorkerError) -> Flow.Publication? {
        let reason: Rejection.Reason
        switch error.kind {
        case .messageTooLarge: reason = .outputTooLarge
        case .recordRejected: reason = .produceRejected
        default: return nil
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
