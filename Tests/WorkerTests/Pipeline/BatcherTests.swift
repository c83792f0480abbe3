// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct BatcherTests {
    private let start = ContinuousClock.now
    private let version = ObjectIdentifier(TestOwner.self)

    private func batch(_ decision: Batcher<String>.Decision) -> [String]? {
        if case .encode(let items) = decision { items } else { nil }
    }

    @Test("Without a wait, an encoder that asks gets what is there at once, in order")
    func workConserving() {
        var batcher = Batcher<String>(maxTokens: 100, maxTexts: 10, maxWait: .zero)
        #expect(batch(batcher.next(at: start)) == nil)
        batcher.add("a", tokens: 5, of: version, at: start)
        batcher.add("b", tokens: 5, of: version, at: start)
        #expect(batch(batcher.next(at: start)) == ["a", "b"])
        #expect(batcher.count == 0)
    }

    @Test("A batch is cut where the next text would exceed the tokens or the number of texts")
    func limits() {
        var batcher = Batcher<String>(maxTokens: 10, maxTexts: 2, maxWait: .zero)
        for (name, tokens) in [("a", 6), ("b", 4), ("c", 1), ("d", 1), ("e", 1)] {
            batcher.add(name, tokens: tokens, of: version, at: start)
        }
        #expect(batch(batcher.next(at: start)) == ["a", "b"])
        #expect(batch(batcher.next(at: start)) == ["c", "d"])
        #expect(batch(batcher.next(at: start)) == ["e"])
    }

    @Test("A text of more tokens than a batch may have goes alone")
    func oversized() {
        var batcher = Batcher<String>(maxTokens: 10, maxTexts: 5, maxWait: .zero)
        batcher.add("long", tokens: 50, of: version, at: start)
        batcher.add("short", tokens: 1, of: version, at: start)
        #expect(batch(batcher.next(at: start)) == ["long"])
        #expect(batch(batcher.next(at: start)) == ["short"])
    }

    @Test("With a wait, a batch that is not full waits until its oldest text is due")
    func waiting() {
        var batcher = Batcher<String>(maxTokens: 10, maxTexts: 5, maxWait: .milliseconds(20))
        batcher.add("a", tokens: 1, of: version, at: start)
        guard case .wait(let due?) = batcher.next(at: start + .milliseconds(5)) else {
            Issue.record("the batch does not wait")
            return
        }
        #expect(due == start + .milliseconds(20))
        batcher.add("b", tokens: 1, of: version, at: start + .milliseconds(10))
        #expect(batch(batcher.next(at: due)) == ["a", "b"])
    }

    @Test("With a wait, a full batch goes at once, and is not shared")
    func full() {
        var batcher = Batcher<String>(maxTokens: 200, maxTexts: 5, maxWait: .seconds(60), encoders: 2)
        batcher.add("a", tokens: 100, of: version, at: start)
        batcher.add("b", tokens: 100, of: version, at: start)
        #expect(batch(batcher.next(at: start)) == ["a", "b"])
    }

    @Test("Encoders share what waits, and share again what is left; a little goes to one")
    func sharing() {
        var batcher = Batcher<String>(maxTokens: 1000, maxTexts: 100, maxWait: .zero, encoders: 2)
        for index in 0..<8 { batcher.add("\(index)", tokens: 40, of: version, at: start) }
        #expect(batch(batcher.next(at: start)) == ["0", "1", "2", "3"])
        #expect(batch(batcher.next(at: start)) == ["4", "5"])
        #expect(batch(batcher.next(at: start)) == ["6"])
        #expect(batch(batcher.next(at: start)) == ["7"])
        for index in 0..<2 { batcher.add("\(index)", tokens: 20, of: version, at: start) }
        #expect(batch(batcher.next(at: start)) == ["0", "1"])
    }

    @Test("A batch is of one model version: what another one tags goes in the next")
    func versions() {
        var batcher = Batcher<String>(maxTokens: 100, maxTexts: 10, maxWait: .zero)
        batcher.add("a", tokens: 5, of: version, at: start)
        batcher.add("b", tokens: 5, of: version, at: start)
        batcher.add("c", tokens: 5, of: ObjectIdentifier(InFlight.self), at: start)
        batcher.add("d", tokens: 5, of: version, at: start)
        #expect(batch(batcher.next(at: start)) == ["a", "b"])
        #expect(batch(batcher.next(at: start)) == ["c"])
        #expect(batch(batcher.next(at: start)) == ["d"])
    }

    @Test(
        "Later windows of long texts let other texts pass, fill up batches, and have half of every other one at least"
    )
    func windows() {
        var batcher = Batcher<String>(maxTokens: 100, maxTexts: 10, maxWait: .zero)
        batcher.add("long 0", tokens: 60, of: version, at: start)
        for index in 1..<5 {
            batcher.add("long \(index)", tokens: 60, isWindow: true, of: version, at: start)
        }
        for index in 0..<6 { batcher.add("short \(index)", tokens: 40, of: version, at: start) }
        #expect(batch(batcher.next(at: start)) == ["long 0", "short 0"])
        #expect(batch(batcher.next(at: start)) == ["long 1", "short 1"])
        #expect(batch(batcher.next(at: start)) == ["short 2", "short 3"])
        #expect(batch(batcher.next(at: start)) == ["long 2", "short 4"])
        #expect(batch(batcher.next(at: start)) == ["short 5", "long 3"])
        #expect(batch(batcher.next(at: start)) == ["long 4"])
        #expect(batcher.count == 0)
    }

    @Test("As many windows as half a batch holds go before other texts")
    func manyWindows() {
        var batcher = Batcher<String>(maxTokens: 100, maxTexts: 10, maxWait: .zero)
        for index in 0..<10 { batcher.add("window \(index)", tokens: 20, isWindow: true, of: version, at: start) }
        for index in 0..<10 { batcher.add("text \(index)", tokens: 50, of: version, at: start) }
        #expect(batch(batcher.next(at: start)) == ["text 0", "text 1"])
        #expect(batch(batcher.next(at: start)) == ["window 0", "window 1", "text 2"])
    }

    @Test("Urgent texts go before all others, with all of their windows and in batches of their own")
    func urgent() {
        var batcher = Batcher<String>(maxTokens: 100, maxTexts: 10, maxWait: .zero)
        for index in 0..<3 { batcher.add("text \(index)", tokens: 50, of: version, at: start) }
        batcher.add("window", tokens: 50, isWindow: true, of: version, at: start)
        batcher.add("urgent 0", tokens: 60, priority: .urgent, of: version, at: start)
        batcher.add("urgent window", tokens: 60, isWindow: true, priority: .urgent, of: version, at: start)
        batcher.add("urgent 1", tokens: 40, priority: .urgent, of: version, at: start)
        #expect(batcher.count == 7)
        #expect(batch(batcher.next(at: start)) == ["urgent 0", "urgent 1"])
        #expect(batch(batcher.next(at: start)) == ["urgent window"])
        #expect(batch(batcher.next(at: start)) == ["text 0", "text 1"])
        batcher.add("urgent 2", tokens: 5, priority: .urgent, of: version, at: start)
        #expect(batch(batcher.next(at: start)) == ["urgent 2"])
        #expect(batch(batcher.next(at: start)) == ["window", "text 2"])
        #expect(batcher.count == 0)
    }

    @Test("However many urgent texts come, one batch in four is of the others while any wait")
    func noStarvation() {
        var batcher = Batcher<Bool>(maxTokens: 100, maxTexts: 2, maxWait: .zero)
        for _ in 0..<4 { batcher.add(false, tokens: 40, of: version, at: start) }
        var batches: [[Bool]] = []
        for _ in 0..<12 {
            while batcher.count < 20 { batcher.add(true, tokens: 40, priority: .urgent, of: version, at: start) }
            if case .encode(let items) = batcher.next(at: start) { batches.append(items) }
        }
        #expect(batches.allSatisfy { Set($0).count == 1 })
        #expect(batches.indices.filter { !batches[$0][0] } == [3, 7])
    }

    @Test("What was jumped over goes behind all others, with its windows, and has one batch in eight while they wait")
    func behind() {
        var batcher = Batcher<String>(maxTokens: 100, maxTexts: 1, maxWait: .zero)
        for index in 0..<3 { batcher.add("behind \(index)", tokens: 5, priority: .behind, of: version, at: start) }
        batcher.add("window behind", tokens: 5, isWindow: true, priority: .behind, of: version, at: start)
        batcher.add("window", tokens: 5, isWindow: true, of: version, at: start)
        batcher.add("text", tokens: 5, of: version, at: start)
        batcher.add("urgent", tokens: 5, priority: .urgent, of: version, at: start)
        let first = (0..<7).map { _ in batch(batcher.next(at: start)) }
        #expect(
            first == [
                ["urgent"], ["text"], ["window"], ["behind 0"], ["window behind"], ["behind 1"], ["behind 2"],
            ]
        )
        for index in 0..<2 { batcher.add("behind \(index)", tokens: 5, priority: .behind, of: version, at: start) }
        var batches: [[String]?] = []
        for _ in 0..<16 {
            batcher.add("text", tokens: 5, of: version, at: start)
            batches.append(batch(batcher.next(at: start)))
        }
        #expect(batches.indices.filter { batches[$0] != ["text"] } == [7, 15])
    }

    @Test("With a wait, an urgent text that comes to a full batch of others goes before that, at once")
    func urgentWait() {
        var batcher = Batcher<String>(maxTokens: 10, maxTexts: 5, maxWait: .seconds(60))
        for index in 0..<2 { batcher.add("text \(index)", tokens: 5, of: version, at: start) }
        batcher.add("urgent", tokens: 5, priority: .urgent, of: version, at: start)
        #expect(batch(batcher.next(at: start)) == ["urgent"])
        #expect(batch(batcher.next(at: start)) == ["text 0", "text 1"])
    }
}
