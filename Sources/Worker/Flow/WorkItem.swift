// SPDX-License-Identifier: Apache-2.0
import Bert

/// A text on its way through the encoder pool.
struct WorkItem: Sendable {
    let ticket: Flow.Ticket
    let event: Event
    let encoding: Encoding
    /// Who waits for the outcome.
    let lane: Lane
    let arrived: ContinuousClock.Instant
}
