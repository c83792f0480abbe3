// SPDX-License-Identifier: Apache-2.0
import Bert
import Kafka
import Settings
import Testing

@testable import Configuration

@Suite struct MoreModelsTests {
    @Test("Classifiers are named with their directories, in the order of the setting")
    func parsed() throws {
        let more = try #require(MoreModels(" toxicity : a/b:c , e-mo_1:/x\\,y "))
        #expect(more.names == ["toxicity", "e-mo_1"])
        #expect(more.entries.map(\.directory) == ["a/b:c", "/x,y"])
        #expect(MoreModels("")?.entries.isEmpty == true)
    }

    @Test(
        "What is no name, or has no directory, is refused",
        arguments: [
            "toxicity", "toxicity:", ":dir", "a.b:dir", "a b:dir", "a@b:dir", "é:dir",
            String(repeating: "a", count: 65) + ":dir", "a:b,c",
        ]
    )
    func malformed(text: String) { #expect(MoreModels(text) == nil) }

    @Test("One name for two classifiers is a problem")
    func twice() throws {
        let settings = try Settings(file: nil, environment: [:], flags: [("model.more", "a:x,b:y,a:z")])
        #expect(settings.workerProblems().contains("model.more: 'a' is there twice"))
    }

    @Test("A record takes routes by one decision, and by one label of each classifier")
    func destinations() throws {
        let routes = try #require(OutputRoutes("hold:held,negative:bad,tox.toxic:toxic,tox.rude:rude,mood.joy:glad"))
        #expect(routes.topics(decision: "hold", labels: ["negative", "tox.rude"]) == ["held", "bad", "rude"])
        #expect(routes.topics(decision: "pass", labels: ["positive", "tox.mild"]) == [])
        let all = routes.destinations(standard: "out", more: ["tox", "mood"])
        #expect(all.isSuperset(of: [["out"], ["held", "bad", "toxic", "glad"], ["rude", "glad"], ["held", "rude"]]))
        #expect(!all.contains(["toxic", "rude"]) && !all.contains([]))
    }

    @Test("Thresholds of labels may be for one classifier")
    func thresholds() throws {
        let all = try #require(LabelThresholds("a:0.9,tox.a:0.2,tox.*:0.8"))
        let ranking = [("a", 0.85), ("b", 0.6), ("c", 0.3)].map { LabelScore(label: $0.0, score: $0.1) }
        #expect(all.reached(by: ranking) == ["b"])
        #expect(all.forClassifier("tox").reached(by: ranking) == ["a"])
        #expect(all.forClassifier("mood").reached(by: ranking) == ["a", "b"])
        #expect(
            all.concerns(nil, labels: ["a"]) && all.concerns("tox", labels: []) && !all.concerns("mood", labels: [])
        )
        let other = try #require(LabelThresholds("tox.a:0.2"))
        #expect(!other.concerns(nil, labels: ["a"]))
    }

    @Test("Headers say which labels of other classifiers hold")
    func headers() {
        let headers = [
            Header("sentiment.more.tox.label", "old"), Header("sentiment.more.tox.label", "a"),
            Header("sentiment.more.tox.score", "0.5"), Header("sentiment.more.mood.label", "joy"),
            Header("sentiment.more.mood.labels", #"["fun","joy"]"#), Header("sentiment.more.none.label", "x"),
            Header("sentiment.more.none.labels", "[]"), Header("sentiment.more.bad.labels", "["),
            Header("sentiment.label", "y"),
        ]
        #expect(OwnHeaders.moreLabels(in: headers) == ["mood.fun", "tox.a"])
    }
}
