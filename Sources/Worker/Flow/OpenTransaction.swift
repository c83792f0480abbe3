// SPDX-License-Identifier: Apache-2.0
import Kafka

/// What was sent in the transaction that is open, in the order of sending.
///
/// Pure. It knows each message by the token of its delivery report; tokens go on from one transaction to the next, so
/// that a late report of an aborted one finds nothing.
struct OpenTransaction {
    private(set) var messages: [Flow.Publication] = []
    /// Bytes of the records that the messages are of.
    private(set) var bytes = 0
    private var firstToken: UInt64 = 1

    /// Takes a message in.
    /// - Returns: its token.
    mutating func add(_ message: Flow.Publication) -> UInt64 {
        messages.append(message)
        bytes += message.ticket.bytes
        return firstToken + UInt64(messages.count - 1)
    }

    /// The message of a token; another in its place is what goes out when the transaction has to be repeated.
    subscript(token: UInt64) -> Flow.Publication? {
        get { index(of: token).map { messages[$0] } }
        set {
            guard let index = index(of: token), let newValue else { return }
            messages[index] = newValue
        }
    }

    /// The next transaction begins.
    mutating func end() {
        firstToken += UInt64(messages.count)
        messages = []
        bytes = 0
    }

    private func index(of token: UInt64) -> Int? {
        guard token >= firstToken, token - firstToken < messages.count else { return nil }
        return Int(token - firstToken)
    }
}
