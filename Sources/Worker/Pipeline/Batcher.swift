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
    private var texts = WaitingTexts<Item>()
    /// Windows behind the first of their texts.
    private var windows = WaitingTexts<Item>()
    /// The last batch left windows waiting and took none.
    private var windowsWereLeft = false

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
    var count: Int { texts.count + windows.count }

    /// Since when the oldest has waited.
    private var oldest: ContinuousClock.Instant? {
        guard let text = texts.first else { return windows.first?.since }
        return windows.first.map { min($0.since, text.since) } ?? text.since
    }

    private var waitingTokens: Int { texts.tokens + windows.tokens }

    /// Takes a text in, or a window of one.
    ///
    /// - Parameters:
    ///   - isWindow: it is not the first of its text.
    ///   - version: what encodes it.
    mutating func add(
        _ item: Item,
        tokens: Int,
        isWindow: Bool = false,
        of version: ObjectIdentifier,
        at now: ContinuousClock.Instant
    ) {
        let text = WaitingTexts<Item>.Text(item: item, tokens: tokens, version: version, since: now)
        if isWindow { windows.append(text) } else { texts.append(text) }
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
        let isFull = waitingTokens >= tokens || count >= maxTexts
        guard isFull || due <= now else { return .wait(until: due) }
        // What waited to fill a batch is not to be taken apart again.
        let share = wait > .zero ? tokens : max((waitingTokens + encoders - 1) / encoders, Self.leastShare)
        return .encode(cut(min(tokens, share)))
    }

    /// Tokens that are not worth sharing: fewer keep an encoder's arithmetic units no better busy.
    private static var leastShare: Int { 64 }

    private mutating func cut(_ maxTokens: Int) -> [Item] {
        var batch = Batch(maxTokens: maxTokens, maxTexts: maxTexts)
        let waiting = windows.count
        if windowsWereLeft { batch.fill(from: &windows, upTo: maxTokens / 2) }
        batch.fill(from: &texts)
        batch.fill(from: &windows)
        windowsWereLeft = waiting > 0 && windows.count == waiting
        return batch.items
    }

    /// What one encoder gets.
    private struct Batch {
        let maxTokens: Int
        let maxTexts: Int
        private(set) var items: [Item] = []
        private var tokens = 0
        private var version: ObjectIdentifier?

        init(maxTokens: Int, maxTexts: Int) {
            self.maxTokens = maxTokens
            self.maxTexts = maxTexts
        }

        /// Takes what comes first, as long as there is room and it is of one version.
        mutating func fill(from waiting: inout WaitingTexts<Item>, upTo limit: Int = .max) {
            let room = min(limit, maxTokens)
            while items.count < maxTexts, let next = waiting.first {
                guard items.isEmpty || next.version == version && tokens + next.tokens <= room else { return }
                version = next.version
                tokens += next.tokens
                items.append(waiting.removeFirst())
            }
        }
    }
}
