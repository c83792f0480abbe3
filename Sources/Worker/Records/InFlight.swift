// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Kafka

/// A record on its way from poll to commit: the one value that travels. Each stage adds what it finds.
///
/// An object, for it is handed on several times and holds much. `@unchecked`, since one thread has it at a time, the
/// intake, then an encoder, then the delivery, and each hands it on under a lock.
final class InFlight: @unchecked Sendable {
    /// What a record comes to.
    enum Result: Sendable, Equatable {
        case tagged(label: String, decision: Decision?, isTruncated: Bool)
        /// It goes to the output topic as it is: a null value, so that compacted topics lose what was deleted, or what the
        /// filter does not admit.
        case untagged
        /// It goes where tagged records go, and says why it has no label.
        case unscored(Unscored)
        case deadLetter(Rejection.Reason)
        /// Nothing is published.
        case skipped(Skip)
    }

    /// What newer versions of a record mean for it.
    enum Standing {
        case newest
        /// One has come while it waited.
        case superseded
        /// It is not encoded any more, nor are those of its windows that wait still.
        case dropped
    }

    let record: Record
    /// Which assignment of its partition it was read in. What comes late, for a partition that was revoked and perhaps
    /// assigned again since, is known by this.
    let generation: Int
    /// It was read out of a gap that the front of its partition has left.
    let isBehind: Bool
    let byteCount: Int
    let arrived: ContinuousClock.Instant
    /// The model that tags it.
    let version: ModelVersion
    /// Who waits for its result, and has it meanwhile; nil once that is given up.
    weak let owner: (any InFlightOwner)?
    /// It is no record, and the prediction is all that is wanted of it: no decision, and no message.
    let isQuestion: Bool
    /// Whether the words that the prediction of a question rests on are wanted, too.
    let wantsWords: Bool

    /// From `Decode`, until there is a result.
    private(set) var text = ""
    /// From the tokeniser, until there is a result.
    private(set) var encoding: Encoding?
    /// Likewise, for classifiers that do not read as the main one does.
    private(set) var otherReadings: [MoreReading] = []
    /// Likewise: what the text is known by to the cache.
    private(set) var cacheKey: ScoreCache<InFlight>.Key = []
    /// Likewise: of several texts that are tagged by themselves, too.
    private(set) var parts: [EncodedPart] = []
    /// From the encoder, while the words that the prediction rests on are looked for.
    private(set) var pending: PendingExplanation?
    /// Likewise: of which comment it is a version; nil where that makes no difference.
    private(set) var comment: Edits<InFlight>.Comment?
    /// Whether it goes before others to the encoders.
    private(set) var isUrgent = false
    /// Whether an encoder had to be waited for, by this record or another of its text. False where the scores were known.
    var hasWaited = false
    /// What a newer version means for it. The encoders' pool alone looks at it and changes it, under its lock.
    var standing = Standing.newest
    /// From `Output`; nil until then.
    private(set) var result: Result?
    /// When who waits for it was told of its result.
    var finished: ContinuousClock.Instant?
    /// From `Predict`, for a question, with the text that it is about.
    private(set) var answer: (prediction: Prediction, text: String)?
    /// What those look at who look on, until the result is handed on; nil where there are none.
    var tagged: TaggedText?
    /// What is to be published, in this order.
    private(set) var messages: [Message] = []

    /// Messages that no broker has acknowledged.
    private(set) var unacknowledged = 0
    /// Which message is a dead letter.
    private(set) var letter: Int?
    /// Messages that are not to be sent after all.
    private var dropped: Set<Int> = []
    /// Messages that are to go in batches of their own: the one that they were in was refused, because of them or of
    /// others.
    var alone: Set<Int> = []

    init(
        _ record: Record,
        generation: Int,
        isBehind: Bool = false,
        arrived: ContinuousClock.Instant,
        version: ModelVersion,
        owner: any InFlightOwner,
        isQuestion: Bool = false,
        wantsWords: Bool = false
    ) {
        self.record = record
        self.generation = generation
        self.isBehind = isBehind
        byteCount = record.byteCount
        self.arrived = arrived
        self.version = version
        self.owner = owner
        self.isQuestion = isQuestion
        self.wantsWords = wantsWords
    }

    var partition: TopicPartition { record.topicPartition }
    var offset: Int64 { record.offset }

    /// Before which others it goes to the encoders. What was jumped over is one step behind its like.
    var priority: Priority {
        if isUrgent { isBehind ? .ordinary : .urgent } else { isBehind ? .behind : .ordinary }
    }

    /// What the model is to read was found.
    /// - Parameters:
    ///   - others: as those classifiers read it that do not read as the main one does.
    ///   - comment: what all versions of the record have in common.
    func read(
        _ text: String,
        as encoded: EncodedTexts,
        others: [MoreReading] = [],
        comment: [UInt8]? = nil,
        isUrgent: Bool = false
    ) {
        self.text = text
        self.isUrgent = isUrgent
        encoding = encoded.encoding
        parts = encoded.parts
        otherReadings = others
        cacheKey = version.key(of: text, encoded.encoding, others)
        self.comment = comment.map { Edits<InFlight>.Comment(partition: partition, key: $0) }
    }

    /// What the model said of the record is to be explained.
    func explain(_ explanation: PendingExplanation) { pending = explanation }

    /// How many sequences an encoder is to read for the next step.
    /// - Parameter reading: which of the version's.
    func sequenceCount(in reading: Int) -> Int {
        guard reading == 0 else { return pending == nil ? otherReadings[reading - 1].sequences.count : 0 }
        return pending?.occlusion.count ?? encoding?.sequences.count ?? 0
    }

    /// How many of them the main classifier is to read.
    var sequenceCount: Int { sequenceCount(in: 0) }

    /// One of these sequences.
    func ids(at index: Int, in reading: Int = 0) -> [Int32] {
        guard reading == 0 else { return otherReadings[reading - 1].sequences[index] }
        if let pending { return pending.occlusion.ids(at: index) }
        return encoding?.sequences[index] ?? []
    }

    /// How the rows of these sequences are laid out.
    var layout: RowLayout {
        guard pending == nil else {
            var layout = RowLayout()
            layout.append(reading: 0, sequences: sequenceCount, width: version.model.rowWidth)
            return layout
        }
        return version.layout(sequenceCount(in:))
    }

    /// The record's result is known. What the model read is not needed any more.
    func end(as result: Result, with messages: [Message] = []) {
        self.result = result
        self.messages = messages
        unacknowledged = messages.count
        text = ""
        encoding = nil
        otherReadings = []
        parts = []
        cacheKey = []
        pending = nil
        comment = nil
    }

    /// This is what was asked for.
    func answer(_ prediction: Prediction) {
        answer = (prediction, text)
        end(as: .tagged(label: prediction.label, decision: nil, isTruncated: prediction.isTruncated))
    }

    /// The record cannot be tagged.
    func reject(_ rejection: Rejection, by deadLetter: DeadLetter) {
        end(as: .deadLetter(rejection.reason), with: [deadLetter(record, rejection)])
        letter = 0
    }

    /// A dead letter takes the place of a message that was refused for what it is.
    func replace(_ index: Int, with letter: Message, for reason: Rejection.Reason) {
        messages[index] = letter
        self.letter = index
        result = .deadLetter(reason)
    }

    /// A message was refused for what it is when there was a dead letter already, in the place of another one.
    func drop(_ index: Int) { dropped.insert(index) }

    /// The messages that are to be sent, by their indices.
    var indices: [Int] { messages.indices.filter { !dropped.contains($0) } }

    /// One of the messages was acknowledged.
    /// - Returns: whether it was the last.
    func acknowledge() -> Bool {
        unacknowledged -= 1
        return unacknowledged <= 0
    }
}

/// Who has records in flight and waits for their results.
protocol InFlightOwner: AnyObject, Sendable {
    /// Takes records that have a result, in any order.
    func finish(_ items: [InFlight])
}

/// Why a record is published without a label.
enum Unscored: String, Sendable, CaseIterable {
    /// The model's vocabulary does not cover its text.
    case vocabulary
    /// It was too old when it was read.
    case age
}

/// Why a record gave no output and no dead letter.
enum Skip: String, Sendable, CaseIterable {
    case tombstone
    /// `input.filter` does not admit it.
    case filtered
    case emptyText = "empty_text"
    /// A newer version of it came before it was encoded.
    case superseded
    /// The partition went to another worker before the record was done; that worker tags it.
    case revoked
}
