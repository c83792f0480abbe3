// SPDX-License-Identifier: Apache-2.0
import Bert

/// A text on its way through the encoder pool. An object, for it is handed on several times, and holds much.
final class WorkItem: Sendable {
    let ticket: Flow.Ticket
    let event: Event
    let encoding: Encoding
    /// Who waits for the outcome.
    let lane: Lane
    let arrived: ContinuousClock.Instant

    init(ticket: Flow.Ticket, event: Event, encoding: Encoding, lane: Lane, arrived: ContinuousClock.Instant) {
        self.ticket = ticket
        self.event = event
        self.encoding = encoding
        self.lane = lane
        self.arrived = arrived
    }
}
