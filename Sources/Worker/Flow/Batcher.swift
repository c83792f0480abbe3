// SPDX-License-Identifier: Apache-2.0

/// Decides which waiting texts are encoded together. Pure: time comes in as a parameter.
///
/// Without a wait it is work-conserving: an encoder that asks gets what is there, at once, up to the limits.
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
    private var waiting: [(item: Item, tokens: Int, since: ContinuousClock.Instant)] = []
    private var head = 0
    private var waitingTokens = 0

    /// - Parameters:
    ///   - maxTokens: tokens of one batch; a text with more than that goes alone.
    ///   - maxTexts: texts of one batch.
    ///   - maxWait: how long a text may wait for others to fill its batch; zero for not at all.
    init(maxTokens: Int, maxTexts: Int, maxWait: Duration) {
        self.maxTokens = maxTokens
        self.maxTexts = maxTexts
        self.maxWait = maxWait
    }

    /// A batcher as the settings ask for it.
    init(settings: Settings) {
        self.init(
            maxTokens: settings[Settings.batchMaxTokens],
            maxTexts: settings[Settings.batchMaxTexts],
            maxWait: settings[Settings.batchMaxWait]
        )
    }

    /// Texts that wait.
    var count: Int { waiting.count - head }

    mutating func add(_ item: Item, tokens: Int, at now: ContinuousClock.Instant) {
        waiting.append((item, tokens, now))
        waitingTokens += tokens
    }

    /// Decides for one idle encoder.
    mutating func next(at now: ContinuousClock.Instant) -> Decision {
        guard count > 0 else { return .wait(until: nil) }
        let due = waiting[head].since + maxWait
        let isFull = waitingTokens >= maxTokens || count >= maxTexts
        guard isFull || due <= now else { return .wait(until: due) }
        return .encode(cut())
    }

    private mutating func cut() -> [Item] {
        var items: [Item] = []
        var tokens = 0
        while head < waiting.count, items.count < maxTexts {
            let next = waiting[head]
            guard items.isEmpty || tokens + next.tokens <= maxTokens else { break }
            items.append(next.item)
            tokens += next.tokens
            head += 1
        }
        waitingTokens -= tokens
        if head * 2 >= waiting.count {
            waiting.removeSubrange(..<head)
            head = 0
        }
        return items
    }
}
