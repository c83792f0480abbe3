// SPDX-License-Identifier: Apache-2.0
import Bert
import Testing

@testable import Training

@Suite struct MaskingTests {
    @Test("15 % of the tokens are to be guessed: 80 % of them masked, 10 % replaced, 10 % kept; special ones never")
    func shares() {
        let masking = Masking(maskID: 4, special: [0, 2, 3, 4], vocabularySize: 1000)
        let text: [Int32] = [2] + Array(repeating: 500, count: 50_000) + [3]
        var random = SplitMix64(seed: 1)
        let (batch, labels) = masking([text], using: &random)
        let chosen = labels.indices.filter { labels[$0] >= 0 }
        #expect(chosen.allSatisfy { labels[$0] == 500 })
        #expect(labels.first == -1 && labels.last == -1)
        #expect(labels.indices.allSatisfy { labels[$0] >= 0 || batch.ids[$0] == text[$0] })
        let share = { (count: Int, all: Int) in Double(count) / Double(all) }
        #expect(abs(share(chosen.count, 50_000) - 0.15) < 0.01)
        let masked = chosen.count { batch.ids[$0] == 4 }
        let kept = chosen.count { batch.ids[$0] == 500 }
        #expect(abs(share(masked, chosen.count) - 0.8) < 0.02)
        #expect(abs(share(kept, chosen.count) - 0.1) < 0.02)
        #expect(chosen.allSatisfy { ![0, 2, 3].contains(batch.ids[$0]) })
    }
}
