// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Settings

/// Makes sure, before anything is read, that Kafka answers and that the topics are there.
struct TopicCheck {
    private let inputs: [String]
    private let outputs: [(setting: String, topic: String)]

    private let settings: Settings
    private let timeout: Duration
    /// A broker that creates topics when they are first asked for takes a moment over it.
    private static let creationTime = Duration.seconds(5)
    private static let pause = Duration.milliseconds(200)

    init(settings: Settings, timeout: Duration) {
        self.settings = settings
        self.timeout = timeout
        // A regular expression may well match nothing yet.
        inputs = InputTopics(settings: settings).names
        outputs =
            settings.outputTopics.map {
                ($0 == settings[Settings.outputTopic] ? "output.topic" : "output.routes", $0)
            } + [("dead.letter.topic", settings[Settings.deadLetterTopic])]
    }

    /// Asks for the input topics as a consumer and for the others as a producer, which may bring them into being.
    ///
    /// - Returns: how many partitions the input topics have; those that a regular expression finds later are not known.
    @discardableResult
    func run(_ consumer: Consumer, _ producer: Producer) throws(WorkerError) -> Int {
        var partitions = 0
        for topic in inputs {
            try check("input.topics", topic) { () throws(KafkaError) in
                partitions += try consumer.partitions(of: topic, timeout: timeout).count
            }
        }
        for (setting, topic) in outputs {
            let deadline = ContinuousClock.now + Self.creationTime
            while true {
                do throws(WorkerError) {
                    try check(setting, topic) { () throws(KafkaError) in
                        _ = try producer.partitions(of: topic, timeout: timeout)
                    }
                    break
                } catch {
                    guard case .topicMissing = error, ContinuousClock.now < deadline else { throw error }
                    // Nothing but a broker's metadata can tell, so there is nothing to wait on.
                    _ = producer.poll(timeout: Self.pause)
                }
            }
        }
        return partitions
    }

    private func check(
        _ setting: String,
        _ topic: String,
        _ ask: () throws(KafkaError) -> Void
    ) throws(WorkerError) {
        do throws(KafkaError) {
            try ask()
        } catch {
            guard error.kind == .unknownTopicOrPartition || error.name == "LEADER_NOT_AVAILABLE" else {
                throw settings.failure(error)
            }
            throw .topicMissing(setting: setting, topic: topic)
        }
    }
}
