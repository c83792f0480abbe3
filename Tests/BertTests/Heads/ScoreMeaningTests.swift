// SPDX-License-Identifier: Apache-2.0
import Bert
import Testing

@Suite struct ScoreMeaningTests {
    private func ranking(_ scores: [String: Float]) -> [LabelScore] {
        scores.map { LabelScore(label: $0.key, score: $0.value) }.sorted { $0.score > $1.score }
    }

    @Test("Margin and entropy are 0 and 1 where nothing is known, and the other way round where all is")
    func uncertainty() throws {
        let none = try #require(Uncertainty(ranking(["a": 0.25, "b": 0.25, "c": 0.25, "d": 0.25])))
        #expect(none.margin == 0 && none.entropy == 1)
        let all = try #require(Uncertainty(ranking(["a": 1, "b": 0, "c": 0])))
        #expect(all.margin == 1 && all.entropy == 0)
        // scipy.stats.entropy([0.7, 0.2, 0.1]) / log(3)
        let some = try #require(Uncertainty(ranking(["a": 0.7, "b": 0.2, "c": 0.1])))
        #expect(abs(some.margin - 0.5) < 1e-6 && abs(some.entropy - 0.729847) < 1e-5)
        #expect(Uncertainty(ranking(["a": 1])) == nil)
    }

    @Test(
        "A step of intensity lies on the label's side, and is a very one where the model is sure of it",
        arguments: [
            (0.9, 0.08, 0.02, "very_negative"), (0.8, 0.1, 0.1, "negative"), (0.5, 0.1, 0.4, "negative"),
            (0.3, 0.4, 0.3, "neutral"), (0.05, 0.15, 0.8, "very_positive"), (0.1, 0.2, 0.7, "positive"),
        ] as [(Float, Float, Float, String)]
    )
    func intensity(negative: Float, neutral: Float, positive: Float, step: String) throws {
        let scores = ranking(["negative": negative, "neutral": neutral, "positive": positive])
        let intensity = try #require(Intensity(scores))
        #expect(intensity.step.rawValue == step && intensity.polarity == positive - negative)
    }

    @Test("Other labels than those of sentiment have no intensity; two of them have one without a middle")
    func otherLabels() {
        #expect(Intensity(ranking(["LABEL_0": 0.7, "LABEL_1": 0.2, "LABEL_2": 0.1])) == nil)
        #expect(Intensity(ranking(["negative": 0.6, "positive": 0.3, "toxic": 0.1])) == nil)
        #expect(Intensity(ranking(["negative": 0.9, "positive": 0.1]))?.step == .veryNegative)
    }
}
