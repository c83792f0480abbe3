// SPDX-License-Identifier: Apache-2.0

/// Remembers what the model said of the texts seen lately, and which texts it is reading, so that each is encoded once.
/// Pure; it belongs to one model.
///
/// A text is known by its token ids, unless the settings fold more into one: its scores are the same bits in any batch, so
/// that no reader can tell a remembered one from one encoded anew. There are two generations of texts. When the young one has half of the bytes it becomes the
/// old one, whose texts are forgotten but for those that were asked for meanwhile.
struct ScoreCache<Item> {
    typealias Key = [[Int32]]

    /// What is to be done about a text.
    enum Claim {
        /// Nothing: these are its logits.
        case known([Float])
        /// Nothing: the same text is being encoded, and `fulfil` will hand this item back with it.
        case joined
        /// Encode it, and say so to `fulfil`.
        case new
    }

    private let maxBytes: Int
    private var young: [Key: [Float]] = [:]
    private var old: [Key: [Float]] = [:]
    private var youngBytes = 0
    /// Who waits for each text that is being encoded.
    private var waiting: [Key: Waiting] = [:]

    private struct Waiting {
        var items: [Item] = []
        var priority: Priority
    }

    /// - Parameter maxBytes: what the texts may take; 0 to remember none, and not to look for the same one in flight.
    init(maxBytes: Int) { self.maxBytes = maxBytes }

    /// Asks for the logits of a text.
    ///
    /// - Parameter priority: it is to wait for none of a lower one; rather the text is encoded twice.
    mutating func claim(_ key: Key, for item: Item, priority: Priority = .ordinary) -> Claim {
        guard maxBytes > 0 else { return .new }
        if let logits = young[key] { return .known(logits) }
        if let logits = old[key] {
            remember(key, logits)
            return .known(logits)
        }
        guard let others = waiting[key] else {
            waiting[key] = Waiting(priority: priority)
            return .new
        }
        if priority > others.priority {
            waiting[key]?.priority = priority
            return .new
        }
        waiting[key]?.items.append(item)
        return .joined
    }

    /// Takes the logits of a text that was new; returns who else waited for them.
    mutating func fulfil(_ key: Key, _ logits: [Float]) -> [Item] {
        guard maxBytes > 0 else { return [] }
        remember(key, logits)
        return waiting.removeValue(forKey: key)?.items ?? []
    }

    /// A text that was new will not be encoded after all, unless somebody else waits for it.
    /// - Returns: whether nobody does.
    mutating func abandon(_ key: Key) -> Bool {
        guard waiting[key]?.items.isEmpty ?? true else { return false }
        waiting[key] = nil
        return true
    }

    private mutating func remember(_ key: Key, _ logits: [Float]) {
        let bytes = Self.bytes(key, logits)
        guard bytes <= maxBytes / 2 else { return }
        if youngBytes + bytes > maxBytes / 2 {
            old = young
            young = [:]
            youngBytes = 0
        }
        youngBytes += bytes
        young[key] = logits
    }

    /// Ids and logits, with what arrays and a dictionary's slot take besides: at most half of the slots are filled.
    private static func bytes(_ key: Key, _ logits: [Float]) -> Int {
        let arrayHeader = 32
        let slots = 2 * 2 * MemoryLayout<Key>.size
        return key.reduce(slots + 2 * arrayHeader + logits.count * 4) { $0 + arrayHeader + 8 + $1.count * 4 }
    }
}
