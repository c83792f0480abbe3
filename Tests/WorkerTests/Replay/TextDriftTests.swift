// SPDX-License-Identifier: Apache-2.0
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct TextDriftTests {
    private static let about = [
        ["the browser", "an awful button", "this animation"], ["my database", "the compiler", "a function call"],
    ]

    /// A text about one of two things, as others are about it.
    private func text(_ index: Int, about kind: Int) -> String {
        "\(Self.about[kind][index % 3]) is \(["bad", "fine", "better", "different"][index % 4]) again, no. \(index % 50)"
    }

    private func drift(_ count: Int, _ kind: (Int) -> Int) throws -> TextDrift? {
        var sample = TextSample(size: 200)
        for index in 0..<count {
            sample.add(id: "in-0-\(index)", time: Int64(index), text: text(index, about: kind(index)))
        }
        #expect(sample.entries.count == min(count, 200))
        return TextDrift(sample, of: try testModel())
    }

    @Test("Texts about other things than before are told apart; those about the same are not")
    func shifts() throws {
        let moved = try #require(try drift(400) { $0 / 200 })
        #expect(moved.classifier.auc > 0.8 && moved.classifier.drift == .large, "\(moved.classifier.auc)")
        #expect((150...250).contains(moved.middle))
        let same = try #require(try drift(400) { $0 % 2 })
        #expect(abs(same.classifier.auc - 0.5) < 0.12 && same.classifier.drift == .little, "\(same.classifier.auc)")
        #expect(try drift(30) { $0 / 15 } == nil)
    }

    @Test("A sample is the same texts in whatever order they come, and none is kept beyond its size and length")
    func sample() {
        var (forward, backward) = (TextSample(size: 50), TextSample(size: 50))
        let long = String(repeating: "x", count: 5_000)
        for index in 0..<1_000 { forward.add(id: "\(index)", time: Int64(index), text: long) }
        for index in (0..<1_000).reversed() { backward.add(id: "\(index)", time: Int64(index), text: long) }
        #expect(forward.entries.map(\.time) == backward.entries.map(\.time) && forward.entries.count == 50)
        #expect(forward.entries.allSatisfy { $0.text.count == 2_048 })
        // Of all times alike.
        #expect((350...650).contains(forward.entries.reduce(0) { $0 + $1.time } / 50))
        var read = 0
        func text() -> String? {
            read += 1
            return "x"
        }
        for index in 0..<1_000 { forward.add(id: "\(index) more", time: 0, text: text()) }
        #expect(read < 100)
    }

    @Test("The halves are as equal as times allow")
    func middle() {
        func middle(_ times: [Int64]) -> Int64? {
            var sample = TextSample(size: 100)
            for (index, time) in times.enumerated() { sample.add(id: "\(index)", time: time, text: "x") }
            return sample.middle
        }
        #expect(middle([4, 1, 3, 2]) == 3 && middle([1, 1, 1, 2]) == 2 && middle([1, 2, 2, 2]) == 2)
        #expect(middle([5, 5]) == nil && middle([]) == nil && middle([.min, .max]) == .max)
    }
}
