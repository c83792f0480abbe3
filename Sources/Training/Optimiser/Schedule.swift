// SPDX-License-Identifier: Apache-2.0

/// The learning rate over a run: it rises to its peak in a straight line, then falls in one to zero.
struct Schedule: Sendable {
    let peak: Float
    /// Steps of the whole run.
    let steps: Int
    /// Share of the steps in which it rises.
    let warmUp: Double

    /// The rate of a step, counted from 1.
    func rate(at step: Int) -> Float {
        let rising = warmUp * Double(steps)
        let done = Double(step)
        let factor = done < rising ? done / rising : (Double(steps) - done + 1) / max(Double(steps) - rising, 1)
        return peak * Float(min(max(factor, 0), 1))
    }
}
