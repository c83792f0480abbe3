// SPDX-License-Identifier: Apache-2.0
import Kafka

extension InFlight {
    /// A text that is no record: somebody asks for its scores.
    ///
    /// - Parameter index: which of the owner's texts it is; its offset says so.
    convenience init(
        asking index: Int,
        of owner: any InFlightOwner,
        arrived: ContinuousClock.Instant,
        version: ModelVersion,
        wantsWords: Bool = false
    ) {
        let record = Record(topicPartition: TopicPartition(topic: "", partition: 0), offset: Int64(index), value: nil)
        self.init(
            record,
            generation: 0,
            arrived: arrived,
            version: version,
            owner: owner,
            isQuestion: true,
            wantsWords: wantsWords
        )
    }
}
