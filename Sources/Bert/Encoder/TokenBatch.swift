// SPDX-License-Identifier: Apache-2.0

/// Token ids of several texts laid end to end, without padding.
///
/// The one type that both the batching side and the encoding side know.
public struct TokenBatch: Sendable, Equatable {
    /// Ids of all texts, [CLS] and [SEP] included.
    public private(set) var ids: [Int32] = []
    /// Text `i` is `ids[starts[i]..<starts[i + 1]]`; one entry more than there are texts.
    public private(set) var starts: [Int] = [0]

    /// Creates an empty batch.
    public init() {}

    /// Creates a batch of these texts.
    public init(_ texts: some Sequence<[Int32]>) {
        for text in texts { append(text) }
    }

    /// How many texts the batch holds.
    public var count: Int { starts.count - 1 }

    /// How many tokens text `index` has.
    public func length(of index: Int) -> Int { starts[index + 1] - starts[index] }

    /// Adds a text at the end; it has at least one token.
    public mutating func append(_ text: [Int32]) {
        precondition(!text.isEmpty, "a text in a batch has at least one token")
        ids.append(contentsOf: text)
        starts.append(ids.count)
    }

    /// Empties the batch and keeps its memory.
    public mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        starts.removeSubrange(1...)
    }
}
