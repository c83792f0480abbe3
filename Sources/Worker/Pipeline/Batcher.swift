// SPDX-License-Identifier: Apache-2.0
import Configuration
import Settings

/// Decides which waiting texts are encoded together. Pure: time comes in as a parameter.
///
/// Without a wait it is work-conserving: an encoder that asks gets its share of what is there, at once, up to the limits;
/// the rest is for the other encoders, which ask next. So what waits is done soonest: the batches are large while much
/// waits, and none is so large that others have nothing to do while its last texts are encoded ("Guided
/// Self-Scheduling", Polychronopoulos and Kuck, 1987). With a target for the time to encode a text, a pacer sets the limits.
///
/// Texts go in the order that they came in. To sort them by length would gain nothing: they are not padded. Only the
/// windows of a long text behind its first let others pass: they fill up batches, and have half of every other one at
/// least, so that one long text holds nobody up, and is done all the same while others keep coming. A batch is of one model
/// version.
///
/// Urgent texts go before all others, in batches of their own, so that the others of a batch hold them up no more than those
/// before them. While both wait, one batch in four is of the others, so that these are done, too, however many urgent ones
/// come. What fronts have jumped over goes behind the rest in the same way, with one batch in eight.
struct Batcher<Item> {
    /// What an encoder that asks is to do.
    enum Decision {
        /// Encode these.
        case encode([Item])
        /// Ask again when something was added, or at this time at the latest.
        case wait(until: ContinuousClock.Instant?)
    }

    private let maxTokens: Int
    private let maxTexts: Int
    private let maxWait: Duration
    private let encoders: Int
    private var pacer: BatchPacer?
    private var ordinary = BatchQueue<Item>()
    private var urgent = BatchQueue<Item>()
    private var behind = BatchQueue<Item>()
    private var urgentTurns = Turns(most: 3)
    private var ordinaryTurns = Turns(most: 7)

    /// - Parameters:
    ///   - maxTokens: tokens of one batch; a text with more than that goes alone.
    ///   - maxTexts: texts of one batch.
    ///   - maxWait: how long a text may wait for others to fill its batch; zero for not at all.
    ///   - encoders: how many share the texts.
    ///   - target: within which 99 of 100 texts are to be encoded; batch size and wait follow from it then.
    init(maxTokens: Int, maxTexts: Int, maxWait: Duration, encoders: Int = 1, target: Duration? = nil) {
        self.maxTokens = maxTokens
        self.maxTexts = maxTexts
        self.maxWait = maxWait
        self.encoders = encoders
        pacer = target.map(BatchPacer.init)
    }

    /// A batcher as the settings ask for it.
    init(settings: Settings) {
        self.init(
            maxTokens: settings[Settings.batchMaxTokens],
            maxTexts: settings[Settings.batchMaxTexts],
            maxWait: settings[Settings.batchMaxWait],
            encoders: settings.encoderThreadCount,
            target: settings[Settings.batchTargetP99]
        )
    }

    /// Texts that wait, and windows of texts.
    var count: Int { urgent.count + ordinary.count + behind.count }

    private var tokens: Int { urgent.tokens + ordinary.tokens + behind.tokens }

    /// Since when the oldest has waited.
    private var oldest: ContinuousClock.Instant? {
        [urgent.oldest, ordinary.oldest, behind.oldest].compactMap(\.self).min()
    }

    /// Takes a text in, or a window of one.
    ///
    /// - Parameters:
    ///   - isWindow: it is not the first of its text.
    ///   - priority: before which others it goes.
    ///   - version: what encodes it.
    mutating func add(
        _ item: Item,
        tokens: Int,
        isWindow: Bool = false,
        priority: Priority = .ordinary,
        of version: ObjectIdentifier,
        at now: ContinuousClock.Instant
    ) {
        let text = WaitingTexts<Item>.Text(item: item, tokens: tokens, version: version, since: now)
        switch priority {
        case .urgent: urgent.append(text, isWindow: isWindow)
        case .ordinary: ordinary.append(text, isWindow: isWindow)
        case .behind: behind.append(text, isWindow: isWindow)
        }
    }

    /// A batch was encoded.
    mutating func observe(tokens: Int, took duration: Duration) {
        pacer?.observe(tokens: tokens, took: duration)
    }

    /// Decides for one idle encoder.
    mutating func next(at now: ContinuousClock.Instant) -> Decision {
        guard let oldest else { return .wait(until: nil) }
        let (limit, wait) = pacer?.limits ?? (maxTokens, maxWait)
        let tokens = min(limit, maxTokens)
        let due = oldest + wait
        let isFull = self.tokens >= tokens || count >= maxTexts
        guard isFull || due <= now else { return .wait(until: due) }
        // What waited to fill a batch is not to be taken apart again.
        let sharers = wait > .zero ? 1 : encoders
        switch nextPriority() {
        case .urgent: return .encode(urgent.cut(maxTokens: tokens, maxTexts: maxTexts, sharers: sharers))
        case .ordinary: return .encode(ordinary.cut(maxTokens: tokens, maxTexts: maxTexts, sharers: sharers))
        case .behind: return .encode(behind.cut(maxTokens: tokens, maxTexts: maxTexts, sharers: sharers))
        }
    }

    /// Of which texts the next batch is.
    private mutating func nextPriority() -> Priority {
        guard !urgentTurns.areFirstNext(urgent.count, before: ordinary.count + behind.count) else { return .urgent }
        return ordinaryTurns.areFirstNext(ordinary.count, before: behind.count) ? .ordinary : .behind
    }
}
