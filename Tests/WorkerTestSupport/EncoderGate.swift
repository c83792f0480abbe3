// SPDX-License-Identifier: Apache-2.0
package import Bert
import Threading

@testable import Worker

/// Holds encoders before a batch, so that a test has all the time it needs while records are in flight, whatever the
/// machine is like.
package final class EncoderGate: Sendable {
    /// Batches that may still pass; nil for any number.
    private let allowance = Monitor<Int?>(nil)
    /// Batches that were held.
    private let held = Monitor(0)

    package init() {}

    /// Whether a batch was held.
    package var hasHeld: Bool { held.withLock { $0 > 0 } }

    /// Lets no batch pass from now on.
    package func hold() { allowance.withLock { $0 = 0 } }

    /// Lets one batch pass, whichever comes first, if none may.
    package func step() {
        allowance.withLock { $0 = $0.map { max($0, 1) } }
        allowance.broadcast()
    }

    /// Lets all batches pass.
    package func open() {
        allowance.withLock { $0 = nil }
        allowance.broadcast()
    }

    /// Waits until a batch may pass.
    fileprivate func pass() {
        allowance.wait { allowance in
            guard let left = allowance else { return .done(()) }
            guard left > 0 else {
                held.withLock { $0 += 1 }
                return .wait(until: nil)
            }
            allowance = left - 1
            return .done(())
        }
    }
}

/// A model's classifier behind a gate.
package struct GatedClassifier: BatchClassifier {
    package let classifier: Classifier
    package let gate: EncoderGate

    package init(classifier: Classifier, gate: EncoderGate) {
        self.classifier = classifier
        self.gate = gate
    }

    package func appendRows(of batch: TokenBatch, to rows: inout [Float]) {
        gate.pass()
        classifier.appendRows(of: batch, to: &rows)
    }
}
