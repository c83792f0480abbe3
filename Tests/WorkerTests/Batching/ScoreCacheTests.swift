// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct ScoreCacheTests {
    private func known(_ claim: ScoreCache<String>.Claim) -> [Float]? {
        if case .known(let logits) = claim { logits } else { nil }
    }

    private func isNew(_ claim: ScoreCache<String>.Claim) -> Bool {
        if case .new = claim { true } else { false }
    }

    @Test("A text that is being encoded is joined, and one that was encoded is known")
    func joining() {
        var cache = ScoreCache<String>(maxBytes: 1 << 20)
        #expect(isNew(cache.claim([[1, 2]], for: "a")))
        #expect(known(cache.claim([[1, 2]], for: "b")) == nil && !isNew(cache.claim([[1, 2]], for: "c")))
        #expect(isNew(cache.claim([[1], [2]], for: "d")))
        #expect(cache.fulfil([[1, 2]], [0.5]) == ["b", "c"])
        #expect(known(cache.claim([[1, 2]], for: "e")) == [0.5])
        #expect(cache.fulfil([[1], [2]], [0.25]) == [])
    }

    @Test("An urgent text waits for none that is not urgent; what it is told hands back those that wait, too")
    func urgent() {
        var cache = ScoreCache<String>(maxBytes: 1 << 20)
        #expect(isNew(cache.claim([[1]], for: "a")) && !isNew(cache.claim([[1]], for: "b")))
        #expect(isNew(cache.claim([[1]], for: "c", priority: .urgent)))
        #expect(!isNew(cache.claim([[1]], for: "d", priority: .urgent)) && !isNew(cache.claim([[1]], for: "e")))
        #expect(cache.fulfil([[1]], [0.5]) == ["b", "d", "e"])
        #expect(known(cache.claim([[1]], for: "f")) == [0.5])
        #expect(cache.fulfil([[1]], [0.5]) == [])
    }

    @Test("A text of a record at the front waits for none that was jumped over")
    func behind() {
        var cache = ScoreCache<String>(maxBytes: 1 << 20)
        #expect(isNew(cache.claim([[1]], for: "a", priority: .behind)))
        #expect(!isNew(cache.claim([[1]], for: "b", priority: .behind)) && isNew(cache.claim([[1]], for: "c")))
        #expect(!isNew(cache.claim([[1]], for: "d")) && !isNew(cache.claim([[1]], for: "e", priority: .behind)))
        #expect(cache.fulfil([[1]], [0.5]) == ["b", "d", "e"])
    }

    @Test("Bytes are bounded; what is asked for again and again is kept")
    func bound() {
        var cache = ScoreCache<String>(maxBytes: 20_000)
        let favourite: [[Int32]] = [[-1]]
        _ = cache.claim(favourite, for: "")
        _ = cache.fulfil(favourite, [1])
        for id in 0..<10_000 as Range<Int32> {
            #expect(isNew(cache.claim([[id]], for: "")))
            _ = cache.fulfil([[id]], [0])
            #expect(known(cache.claim(favourite, for: "")) == [1])
        }
        let kept = (0..<10_000 as Range<Int32>).count { known(cache.claim([[$0]], for: "")) != nil }
        #expect((20...120).contains(kept))
    }

    @Test("Without bytes nothing is remembered or joined")
    func off() {
        var cache = ScoreCache<String>(maxBytes: 0)
        #expect(isNew(cache.claim([[1]], for: "a")) && isNew(cache.claim([[1]], for: "b")))
        #expect(cache.fulfil([[1]], [1]) == [] && isNew(cache.claim([[1]], for: "c")))
    }
}
