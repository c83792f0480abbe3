// SPDX-License-Identifier: Apache-2.0
import Files
import TestSupport
import Testing

@testable import Bert

@Suite struct LabelMapTests {
    private static let stars = #"{"0":"1 star","1":"2 stars","2":"3 stars"}"#

    private func model(_ config: [String: String?], _ map: LabelMap?) throws -> Model {
        let copy = try ModelCopy()
        try copy.set(config, in: "config.json")
        return try Model(directory: copy.path, kernels: .ofTests(), labelMap: map)
    }

    @Test("Exclusive labels of one name have the sum of their scores, and results have each name once")
    func exclusive() throws {
        let map = LabelMap(["1 star": "negative", "3 stars": "positive"], others: "negative")
        let model = try model(["id2label": Self.stars], map)
        #expect(model.labels == ["negative", "positive"] && model.negativeLabel == 0)
        let scores = model.scores(of: [1, 2, 3])
        let own = ScoreFunction.softmax([1, 2, 3])
        #expect(scores == [own[0] + own[1], own[2]])
        #expect(model.ranking(of: scores).map(\.label) == ["positive", "negative"])
    }

    @Test("Of labels that stand by themselves, those of one name have the highest score")
    func independent() throws {
        let map = LabelMap(["1 star": "negative", "2 stars": "negative", "3 stars": "positive"])
        let multi = ["id2label": Self.stars, "problem_type": #""multi_label_classification""#]
        let scores = try model(multi, map).scores(of: [1, -2, 0])
        #expect(scores == [ScoreFunction.sigmoid([1])[0], 0.5])
    }

    @Test("Windows are merged by the names of results")
    func windows() throws {
        let map = LabelMap(["1 star": "positive", "2 stars": "neutral", "3 stars": "Negative"])
        let model = try model(["id2label": Self.stars], map)
        let encoding = Encoding(sequences: [[1, 2], [3, 4, 5]], isTruncated: false)
        let rows: [Float] = [3, 0, 0, 1, 0, 0, 1, 1]
        #expect(model.labels == ["positive", "neutral", "Negative"])
        let merged = model.scores(of: rows[...], for: encoding, merging: .maxNegative)
        #expect(merged == ScoreFunction.softmax([0, 0, 1]))
    }

    @Test(
        "A map that does not suit the model is refused, and says which label is wrong",
        arguments: [
            (LabelMap(["1 star": "negative"]), nil, "says nothing of the model's label '2 stars'"),
            (LabelMap(["5 stars": "positive"], others: "x"), nil, "has no label '5 stars'"),
            (LabelMap([:], others: "x"), #""regression""#, "is a regression"),
        ] as [(LabelMap, String?, String)]
    )
    func refused(map: LabelMap, problemType: String?, reason: String) throws {
        let copy = try ModelCopy()
        try copy.set(["id2label": Self.stars, "problem_type": problemType], in: "config.json")
        let error = #expect(throws: FileError.self) {
            try Model(directory: copy.path, kernels: .ofTests(), labelMap: map)
        }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }
}
