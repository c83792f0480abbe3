// SPDX-License-Identifier: Apache-2.0
import Bert
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct ShownRecordTests {
    private func offer(_ sample: RecordSample, _ count: Int, text: String = "secret") {
        let prediction = Prediction(
            ranking: [LabelScore(label: "a", score: 0.75)],
            uncertainty: nil,
            tokens: 3,
            isTruncated: false
        )
        for offset in 0..<count { sample.offer(testRecord("x", offset: Int64(offset)), text, prediction, nil) }
    }

    @Test("Of a flood a few are kept and all are counted; while nobody looks on, none is")
    func bounded() {
        let sample = RecordSample(showsText: false)
        offer(sample, 100)
        #expect(sample.take().seen == 0)
        sample.isWanted = true
        offer(sample, 10_000)
        let (records, seen) = sample.take()
        #expect(records.count == RecordSample.limit && seen == 10_000)
        #expect(sample.take().records.isEmpty)
    }

    @Test("A text is kept where it may be shown, as much of it as fits", arguments: [false, true])
    func text(showsText: Bool) throws {
        let sample = RecordSample(showsText: showsText)
        sample.isWanted = true
        offer(sample, 1, text: String(repeating: "😀", count: 1_000))
        let record = try #require(sample.take().records.first)
        #expect(record.text?.unicodeScalars.count == (showsText ? 280 : nil))
        #expect(record.label == "a" && record.decision == "a" && record.score == 0.75)
    }
}
