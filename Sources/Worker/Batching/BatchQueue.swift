// SPDX-License-Identifier: Apache-2.0

/// Texts, and windows of texts, that wait for the same share of the encoders, and how a batch is cut from them. Pure.
struct BatchQueue<Item> {
    private var texts = WaitingTexts<Item>()
    /// Windows behind the first of their texts.
    private var windows = WaitingTexts<Item>()
    /// The last batch left windows waiting and took none.
    private var windowsWereLeft = false

    var count: Int { texts.count + windows.count }

    var tokens: Int { texts.tokens + windows.tokens }

    /// Since when the oldest has waited.
    var oldest: ContinuousClock.Instant? {
        guard let text = texts.first else { return windows.first?.since }
        return windows.first.map { min($0.since, text.since) } ?? text.since
    }

    mutating func append(_ text: WaitingTexts<Item>.Text, isWindow: Bool) {
        if isWindow { windows.append(text) } else { texts.append(text) }
    }

    /// Takes what one of so many encoders gets.
    mutating func cut(maxTokens: Int, maxTexts: Int, sharers: Int) -> [Item] {
        let share = max((tokens + sharers - 1) / sharers, Self.leastShare)
        let maxTokens = min(maxTokens, share)
        var batch = Batch(maxTokens: maxTokens, maxTexts: maxTexts)
        let waiting = windows.count
        if windowsWereLeft { batch.fill(from: &windows, upTo: maxTokens / 2) }
        batch.fill(from: &texts)
        batch.fill(from: &windows)
        windowsWereLeft = waiting > 0 && windows.count == waiting
        return batch.items
    }

    /// Tokens that are not worth sharing: fewer keep an encoder's arithmetic units no better busy.
    private static var leastShare: Int { 64 }

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
