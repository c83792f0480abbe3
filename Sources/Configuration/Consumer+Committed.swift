// SPDX-License-Identifier: Apache-2.0
package import Kafka

extension Consumer {
    /// What its group has committed, asked before anything is read: what a poll would bring is looked at for errors alone.
    ///
    /// A coordinator that may not be asked for is never found, and the question for offsets only takes too long; why, the
    /// consumer's events tell, and at once. Partitions without a commit are not in the answer.
    package func committedBeforeReading(
        _ partitions: [TopicPartition],
        timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: OffsetAndMetadata] {
        let deadline = ContinuousClock.now + timeout
        var patience = Duration.seconds(1)
        while true {
            do throws(KafkaError) {
                return try committed(partitions, timeout: min(patience, max(.zero, deadline - .now)))
            } catch {
                if let refusal = poll(upTo: 1, timeout: .zero).errors.first(where: \.isFinal) { throw refusal }
                guard error.isRetriable, .now < deadline else { throw error }
                patience *= 2
            }
        }
    }
}
