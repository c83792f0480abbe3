// SPDX-License-Identifier: Apache-2.0
import Threading

/// The records of a replay that are in flight, between those who read them, encode them and write them, in the order that
/// they were read in.
final class ReplayQueue: InFlightOwner {
    private struct State {
        var records = Sequencer<InFlight>()
        var added: Int64 = 0
        var isClosed = false
        var failure: (any Error)?

        func hasRoom(_ maxRecords: Int, _ maxBytes: Int) -> Bool {
            records.count < maxRecords && records.bytes < maxBytes
        }
    }

    private let state = Monitor(State())
    private let maxRecords: Int
    private let maxBytes: Int

    init(maxRecords: Int, maxBytes: Int) {
        self.maxRecords = maxRecords
        self.maxBytes = maxBytes
    }

    /// Whether the next record need not wait.
    var hasRoom: Bool { state.withLock { $0.hasRoom(maxRecords, maxBytes) } }

    /// Waits for room, and gives the number that the next record goes by; nil once nothing more is wanted.
    func add(bytes: Int) -> Int? {
        state.wait { [maxRecords, maxBytes] state in
            if state.isClosed { return .done(nil) }
            guard state.hasRoom(maxRecords, maxBytes) else { return .wait(until: nil) }
            state.records.expect(state.added, bytes: bytes)
            state.added += 1
            return .done(Int(state.added - 1))
        }
    }

    /// Takes records that have their result; each goes by its number, as its generation.
    func finish(_ items: [InFlight]) {
        state.withLock { state in
            for item in items { state.records.finish(Int64(item.generation), item) }
        }
        state.broadcast()
    }

    /// Waits for the next results in order; none if there are none in time, nil once all are there that will come.
    func next(before deadline: ContinuousClock.Instant?) throws -> [InFlight]? {
        let found: Result<[InFlight]?, any Error> = state.wait { state in
            if let failure = state.failure { return .done(.failure(failure)) }
            var items: [InFlight] = []
            while let item = state.records.next() { items.append(item) }
            if !items.isEmpty { return .done(.success(items)) }
            if state.isClosed, state.records.count == 0 { return .done(.success(nil)) }
            if let deadline, deadline <= .now { return .done(.success([])) }
            return .wait(until: deadline)
        }
        state.broadcast()
        return try found.get()
    }

    /// Nothing more is added.
    func close() {
        state.withLock { $0.isClosed = true }
        state.broadcast()
    }

    /// No result will come any more.
    func fail(_ error: any Error) {
        state.withLock { state in
            state.failure = state.failure ?? error
            state.isClosed = true
        }
        state.broadcast()
    }
}
