// SPDX-License-Identifier: Apache-2.0
import Kafka

/// The records whose messages are in the transaction that is open, in the order of sending.
///
/// Pure. It knows each message by the token of its delivery report; tokens go on from one transaction to the next, so
/// that a late report of an aborted one finds nothing.
struct OpenTransaction: Sendable {
    private(set) var items: [InFlight] = []
    /// Bytes of the records.
    private(set) var bytes = 0
    private var messages: [Outgoing] = []
    private var firstToken: UInt64 = 1

    var isEmpty: Bool { items.isEmpty }

    /// Takes a record in, with all its messages: they are committed together.
    /// - Returns: what is to be sent.
    mutating func add(_ item: InFlight) -> [Outgoing] {
        items.append(item)
        bytes += item.byteCount
        let added = item.indices.enumerated().map { count, index in
            Outgoing(token: firstToken + UInt64(messages.count + count), item: item, index: index)
        }
        messages += added
        return added
    }

    /// The message of a token; nil if its transaction has ended.
    subscript(token: UInt64) -> Outgoing? {
        guard token >= firstToken, token - firstToken < messages.count else { return nil }
        return messages[Int(token - firstToken)]
    }

    /// The next transaction begins.
    /// - Returns: the records of the one that has ended.
    mutating func end() -> [InFlight] {
        defer { (items, bytes) = ([], 0) }
        firstToken += UInt64(messages.count)
        messages = []
        return items
    }
}
