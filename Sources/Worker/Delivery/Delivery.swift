// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka

/// Decides what is published and committed when, for one consumer worker. Pure: `DeliveryLoop` carries out what it says,
/// with no lock held, and tells it what came of that.
protocol Delivery: Sendable {
    /// What is to be done now.
    ///
    /// - Parameter isJoining: the group is being joined, so that a commit would be refused for its generation.
    mutating func next(_ work: inout DeliveryWork, isJoining: Bool, at now: ContinuousClock.Instant) -> DeliveryAction

    /// Takes what has happened.
    ///
    /// - Returns: what is to be counted and logged.
    mutating func take(
        _ event: DeliveryEvent,
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice]

    /// Whether a commit was handed to the loop and has not started yet: no partition may be revoked in between.
    var isStartingCommit: Bool { get }
}

/// What a delivery works on, together with the threads of its consumer worker.
struct DeliveryWork {
    /// What a thread of the consumer worker waits for.
    enum Demand: Equatable {
        case nothing
        /// All records of these partitions published and committed.
        case drain([TopicPartition])
        /// What is published committed, at once, whatever else is under way.
        case commit
    }

    /// How far the consumer worker is.
    enum Phase: Equatable {
        case running
        /// A stop was requested: everything is to be over by then.
        case draining(until: ContinuousClock.Instant)
        /// Nothing more can be published.
        case failed(until: ContinuousClock.Instant?)
        /// The delivery is to end.
        case closed
    }

    var partitions: AssignedPartitions
    var demand = Demand.nothing
    var phase = Phase.running

    init(_ partitions: AssignedPartitions) { self.partitions = partitions }

    /// When everything is to be over; nil until a stop is requested.
    var deadline: ContinuousClock.Instant? {
        switch phase {
        case .draining(let deadline): deadline
        case .failed(let deadline): deadline
        case .running, .closed: nil
        }
    }
}

/// One message of a record, as it is sent.
struct Outgoing: Sendable {
    /// Comes back in the delivery report.
    let token: UInt64
    let item: InFlight
    /// Which of the record's messages.
    let index: Int

    var message: Message { item.messages[index] }
    /// Whether it is to be in no batch with others.
    var goesAlone: Bool { item.alone.contains(index) }
}

/// What a delivery has its loop do.
enum DeliveryAction {
    case wait(until: ContinuousClock.Instant)
    /// Send these, in this order.
    case send([Outgoing])
    /// Look for delivery reports, errors, and the result of a commit.
    case poll(timeout: Duration)
    /// Have all that was sent acknowledged; ask again after a moment.
    case flush
    case startCommit([TopicPartition: OffsetAndMetadata])
    case call(TransactionCall)
    /// Ask the group how far these partitions are committed.
    case queryCommitted([TopicPartition])
    /// End, for this reason if there is one.
    case stop(WorkerError?)
}

/// A call of a transactional producer.
enum TransactionCall: Equatable {
    /// Fence older producers of the same id and end what they left open.
    case start
    case begin
    /// Note who we are to the group, for the offsets that are sent next.
    case readMembership
    case sendOffsets([TopicPartition: OffsetAndMetadata])
    case commit
    case abort
    /// Find out why the transaction has failed.
    case diagnose
    /// Put another producer in the place of one that is of no use any more.
    case renew
}

/// What happened, as far as a delivery wants to know.
enum DeliveryEvent {
    /// Reports or errors wait to be polled.
    case reportsWaiting
    case reported([DeliveryReport])
    /// Errors of the client as such.
    case clientErrors([KafkaError])
    /// The first of these could not be sent, and the others were not tried.
    case notSent([Outgoing], KafkaError)
    case commitStarted
    case committed([TopicPartition: OffsetAndMetadata])
    case commitFailed(KafkaError)
    case called(TransactionCall)
    case callFailed(TransactionCall, KafkaError)
    case queried([TopicPartition: OffsetAndMetadata])
    case queryFailed(KafkaError)
}

/// What is to be counted and logged of a delivery.
enum DeliveryNotice {
    /// Records whose messages are all acknowledged, and in transactions committed.
    case delivered([InFlight])
    case committed([TopicPartition: OffsetAndMetadata])
    case commitFailed(KafkaError)
    case transactionCommitted
    /// It was committed, which an abort or its failure had left open.
    case transactionFoundCommitted
    case transactionAborted(KafkaError)
    /// A transaction is given up at the end of the worker.
    case transactionLeft
    /// The last transaction could not even be aborted.
    case transactionTimesOut(KafkaError)
    case retrying(KafkaError)
    case producerRenewed(KafkaError)
    case clientError(KafkaError)
}
