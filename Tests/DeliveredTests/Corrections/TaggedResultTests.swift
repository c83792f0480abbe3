// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Kafka
import Testing
import WorkerTestSupport

@testable import Delivered
@testable import Worker

@Suite struct TaggedResultTests {
    private let ranking = [LabelScore(label: "positive", score: 0.75), LabelScore(label: "negative", score: 0.25)]

    /// What is read of a result; without a prediction, of one that is not scored.
    private func read(_ mode: OutputMode, _ prediction: Prediction?) throws -> TaggedResult? {
        let model = ModelTag(name: "m", digest: "d", precision: "f32")
        let tag = prediction.map { Tag($0, decision: .flag, by: model) } ?? Tag(unscored: .vocabulary, nil, by: model)
        let output = Output(topic: "out", routes: .none, mode: mode, field: "sentiment", prefix: .none)
        let message = try output(testRecord(#"{"label":"own","text":"hi"}"#), "hi", tag)[0]
        let record = Record(
            topicPartition: TopicPartition(topic: "out", partition: 0),
            offset: 0,
            value: message.value,
            headers: message.headers
        )
        return TaggedResult(record, mode: mode, field: "sentiment")
    }

    @Test("What a result says is read in each output mode", arguments: OutputMode.allCases)
    func modes(mode: OutputMode) throws {
        let prediction = Prediction(ranking: ranking, uncertainty: nil, tokens: 5, isTruncated: false)
        let result = try #require(try read(mode, prediction))
        #expect(result.label == "positive" && result.decision == "flag")
        #expect(result.scores == (mode == .headers ? ["positive": 0.75] : ["positive": 0.75, "negative": 0.25]))
        #expect(result.text == (mode == .headers || mode == .merge ? nil : "hi"))
        let unscored = try #require(try read(mode, nil))
        #expect(unscored.label == nil && unscored.decision == "unscored" && unscored.scores.isEmpty)
    }

    @Test("What holds by other classifiers is read, too", arguments: OutputMode.allCases)
    func more(mode: OutputMode) throws {
        let model = ModelTag(name: "m", digest: "d", precision: "f32")
        var (mild, mood) = (
            Prediction(ranking: ranking, uncertainty: nil, tokens: 5, isTruncated: false),
            Prediction(ranking: ranking, uncertainty: nil, tokens: 5, isTruncated: false)
        )
        mood.labels = ["negative"]
        mild.more = [
            MorePrediction(name: "tox", outcome: .scored(mild), model: model),
            MorePrediction(name: "mood", outcome: .scored(mood), model: model),
            MorePrediction(name: "off", outcome: .unscored, model: model),
        ]
        let result = try #require(try read(mode, mild))
        #expect(Set(result.holding) == ["positive", "tox.positive", "mood.negative"])
    }

    @Test(
        "Hostile values are no results, or have no scores",
        arguments: [
            "", "{", "7", "[]", "{}", #"{"label":7}"#, #"{"label":null,"decision":null}"#, #"{"label":"a""#,
            #"{"text":"a","scores":[]}"#,
        ]
    )
    func hostile(value: String) {
        let record = testRecord(value)
        for mode in OutputMode.allCases { #expect(TaggedResult(record, mode: mode, field: "sentiment") == nil) }
    }

    @Test("Scores that are no numbers are left out")
    func scores() {
        let value =
            #"{"label":"a","scores":[7,{"label":"a","score":1e999},{"score":1},{"label":"b","score":0.5},[[]]]}"#
        let result = TaggedResult(testRecord(value), mode: .envelope, field: "sentiment")
        #expect(result?.label == "a" && result?.scores == ["b": 0.5])
    }
}
