// SPDX-License-Identifier: Apache-2.0
import Bert
import Settings
import Testing

@testable import Configuration

@Suite struct LabelSettingsTests {
    private let ranking = [
        LabelScore(label: "a:b", score: 0.7), LabelScore(label: "c, d", score: 0.45),
        LabelScore(label: "e", score: 0.4),
    ]

    @Test(
        "A label holds from its own threshold on, and others from the common one, whatever they are called",
        arguments: [
            ("", ["a:b"]), ("*:0.4", ["a:b", "c, d", "e"]), ("a:b:0.9,c\\, d:0.45", ["c, d"]), ("e:0, *:1", ["e"]),
        ]
    )
    func thresholds(text: String, labels: [String]) throws {
        #expect(try #require(LabelThresholds(text)).reached(by: ranking) == labels)
    }

    @Test(
        "What is no threshold is refused",
        arguments: ["a", "a:", ":0.5", "a:1.5", "a:-0.1", "a:nan", "a:0.5,a:0.6", "*:0.5,*:0.5", "a:0.5,b"]
    )
    func noThresholds(text: String) { #expect(LabelThresholds(text) == nil) }

    @Test(
        "Names of labels stand behind the last colon, and one label has one",
        arguments: [
            ("", true, nil),
            ("1 star:negative, *:positive", true, LabelMap(["1 star": "negative"], others: "positive")),
            ("a:b:c", true, LabelMap(["a:b": "c"])), ("a:x,a:y", false, nil), ("a", false, nil), ("a:", false, nil),
            (":x", false, nil),
        ] as [(String, Bool, LabelMap?)]
    )
    func map(text: String, isValid: Bool, map: LabelMap?) throws {
        let settings = try? Settings(file: nil, environment: [:], flags: [("model.labels.map", text)])
        #expect((settings != nil) == isValid)
        if let settings { #expect(settings[Settings.modelLabelsMap] == map) }
    }
}
