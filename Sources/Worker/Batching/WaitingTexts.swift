// SPDX-License-Identifier: Apache-2.0

/// Texts that wait for an encoder, in the order that they came in. Pure.
struct WaitingTexts<Item> {
    struct Text {
        let item: Item
        let tokens: Int
        let version: ObjectIdentifier
        let since: ContinuousClock.Instant
    }

    private var texts: [Text] = []
    private var head = 0
    private(set) var tokens = 0

    var count: Int { texts.count - head }

    var first: Text? { count > 0 ? texts[head] : nil }

    mutating func append(_ text: Text) {
        texts.append(text)
        tokens += text.tokens
    }

    mutating func removeFirst() -> Item {
        let text = texts[head]
        head += 1
        tokens -= text.tokens
        if head * 2 >= texts.count {
            texts.removeSubrange(..<head)
            head = 0
        }
        return text.item
    }
}
