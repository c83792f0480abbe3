// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Worker

@Suite struct PopulationStabilityTests {
    @Test("The index is that of its formula, and what it is commonly taken for")
    func known() {
        // 0.25 · ln 2 + 0.25 · ln 1.5
        let half = PopulationStability([50, 50], [25, 75])
        #expect(abs(half.index - 0.274_653_072_167_027) < 1e-12 && half.drift == .large)
        #expect(abs(PopulationStability([25, 75], [500, 500]).index - half.index) < 1e-12)
        let little = PopulationStability([30, 40, 30], [33, 40, 27])
        #expect(abs(little.index - (0.03 * log(1.1) - 0.03 * log(0.9))) < 1e-12 && little.drift == .little)
        #expect(PopulationStability([60, 40], [42, 58]).drift == .some)
        #expect(PopulationStability([3, 9, 0], [1, 3, 0]).index == 0)
    }

    @Test("Classes without records leave it finite, and no records at all are no drift")
    func empty() {
        let gone = PopulationStability([10, 0], [0, 10])
        #expect(gone.index.isFinite && gone.index > 10)
        #expect(PopulationStability([0, 0], [1, 2]).index == 0 && PopulationStability([], []).index == 0)
    }
}
