// SPDX-License-Identifier: Apache-2.0
import Configuration

/// The reference, and one window of predictions after the other. Pure: time comes in as a parameter.
struct DriftWindows {
    private let length: StreamWindow
    /// What is to become the reference; nil where there is one.
    private let referenceLength: StreamWindow?
    private var filling: PredictionProfile
    private var start: ContinuousClock.Instant?
    /// What windows are compared with; nil until it is whole.
    private(set) var reference: PredictionProfile?
    /// The last window that is whole.
    private(set) var last: PredictionProfile?

    /// - Parameters:
    ///   - labels: how many the model has.
    ///   - length: of a window.
    ///   - first: how much of the beginning becomes the reference.
    init(labels: Int, length: StreamWindow, first: StreamWindow) {
        (self.length, referenceLength) = (length, first)
        filling = PredictionProfile(labels: labels)
    }

    /// - Parameter reference: what windows are compared with.
    init(length: StreamWindow, reference: PredictionProfile) {
        (self.length, referenceLength, self.reference) = (length, nil, reference)
        filling = PredictionProfile(labels: reference.labels.count)
    }

    /// A record was tagged.
    mutating func add(label: Int, score: Float, tokens: Int, unknown: Int, at now: ContinuousClock.Instant) {
        // A time is over when the first record after it comes.
        if isOver(at: now) { close() }
        start = start ?? now
        filling.add(label: label, score: score, tokens: tokens, unknown: unknown)
        if case .records(let count) = wanted, filling.records >= count { close() }
    }

    private var wanted: StreamWindow { reference == nil ? referenceLength ?? length : length }

    private func isOver(at now: ContinuousClock.Instant) -> Bool {
        guard case .time(let time) = wanted, let start else { return false }
        return start + time <= now
    }

    private mutating func close() {
        if reference == nil { reference = filling } else { last = filling }
        filling = PredictionProfile(labels: filling.labels.count)
        start = nil
    }
}
