// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Worker

@Suite struct PopulationStabilityTests {
    @Test("The index is that of its formula, and what it is commonly taken for")
    func known() {
        // 0.25 · ln 2 + 0.25 · ln 1.5; half a record does not count for much among a million.
        let half = PopulationStability([500_000, 500_000], [250_000, 750_000])
        #expect(abs(half.index - 0.274_653) < 1e-5 && half.drift == .large)
        #expect(abs(PopulationStability([250_000, 750_000], [500_000, 500_000]).index - half.index) < 1e-12)
        let little = PopulationStability([300_000, 400_000, 300_000], [330_000, 400_000, 270_000])
        #expect(abs(little.index - (0.03 * log(1.1) - 0.03 * log(0.9))) < 1e-5 && little.drift == .little)
        #expect(PopulationStability([60, 40], [42, 58]).drift == .some)
        #expect(PopulationStability([10, 20, 30], [10, 20, 30]).index == 0)
    }

    @Test("Classes without records leave it finite, and no records at all are no drift")
    func empty() {
        let gone = PopulationStability([10, 0], [0, 10])
        #expect(gone.index.isFinite && gone.index > 2)
        #expect(PopulationStability([0, 0], [1, 2]).index == 0 && PopulationStability([], []).index == 0)
    }

    @Test("Between windows of one distribution it is as large as is known of it")
    func chance() {
        // Half of the records in each of two bins: (bins - 1) (1 / n + 1 / m), here 0.002.
        var random = SplitMix(state: 7)
        let count = 1_000
        func window() -> [Int] {
            let ones = (0..<count).count { _ in Bool.random(using: &random) }
            return [ones, count - ones]
        }
        let mean = (0..<400).reduce(0.0) { sum, _ in sum + PopulationStability(window(), window()).index } / 400
        #expect(mean > 0.001 && mean < 0.004, "\(mean)")
    }
}
