// SPDX-License-Identifier: Apache-2.0
import Bert
import Settings
import Testing

@testable import Configuration

@Suite struct DecisionSettingsTests {
    private let ranking = [
        LabelScore(label: "negative", score: 0.7), LabelScore(label: "neutral", score: 0.2),
        LabelScore(label: "positive", score: 0.1),
    ]

    @Test(
        "A band holds a label's score from its beginning on, to below its end",
        arguments: [
            ("negative:0.7", true), ("negative:0.71", false), ("negative:0.5-0.7", false), ("negative:0.7-0.8", true),
            ("neutral:0.5,positive:0.1", true), ("*:0.7", true), ("*:0-0.7", false), ("toxic:0", false), ("", false),
            (" negative : 0.5 - 0.9 ", true),
        ]
    )
    func bands(text: String, holds: Bool) throws {
        let bands = try #require(ScoreBands(text))
        #expect(bands.hold(ranking, of: nil) == holds)
        #expect(bands.hold(ranking, of: "anybody") == holds)
    }

    @Test("A tenant's own band for a label takes the place of the general one, and no other tenant's")
    func tenants() throws {
        let bands = try #require(ScoreBands("negative:0.6, negative@strict:0.1-0.2, neutral@mild:0.2"))
        #expect(bands.hold(ranking, of: nil) && bands.hold(ranking, of: "other"))
        #expect(!bands.hold(ranking, of: "strict"))
        #expect(bands.hold(ranking, of: "mild"))
        let own = try #require(ScoreBands("negative@a@b\\,c:0.6"))
        #expect(own.hold(ranking, of: "a@b,c") && !own.hold(ranking, of: nil) && own.isByTenant)
    }

    @Test(
        "Two bands for one label of one tenant have no score in common",
        arguments: [
            ("negative:0.9,negative:0.8", true), ("negative:0.9, negative:0.9", true), ("*:0.5-0.7,*:0.6-0.8", true),
            ("a@x:0.5,a@x:0.6-0.7", true), ("negative:0.8-0.9,negative:0.9", false), ("a@x:0.5,a@y:0.5", false),
            ("negative:0.9,negative@banter:0.98", false), ("negative:0.5,*:0.5", false), ("", false),
        ]
    )
    func overlaps(text: String, doOverlap: Bool) throws {
        #expect((try #require(ScoreBands(text)).overlap != nil) == doOverlap)
        let settings = try Settings(
            file: nil,
            environment: [:],
            flags: [("decision.hold", text), ("decision.by", "/x")]
        )
        #expect(settings.decisionProblems().contains { $0.hasPrefix("decision.hold: ") } == doOverlap)
    }

    @Test(
        "A threshold that the decisions before it leave no score is a problem of the worker, and may be one of a what-if",
        arguments: [
            ("a:0.7", "a:0.7", true), ("a:0.6", "a:0.7", true), ("a:0.9", "a:0.7", false), ("a:0.6", "b:0.7", false),
            ("a:0.6-0.8", "a:0.7", false), ("a:0.6-0.8", "a:0.65-0.8", true), ("a:0.5-0.6,*:0.9", "*:0.95", true),
            ("a:0.6", "a@x:0.7", true), ("a:0.6,a@x:0.9", "a@x:0.7", false), ("a@x:0.6", "a@y:0.7", false),
            ("a@x:0.6", "a:0.7", false), ("a@x:0.6,a:0.7", "a:0.8", true),
            // Of the tenant's records, the general threshold has scores that its own leaves.
            ("a:0.6,a@x:0.9", "a:0.7", false), ("a:0.6,a@x:0.9", "a:0.7,a@x:0.95", true),
        ]
    )
    func hidden(hold: String, flag: String, isHidden: Bool) throws {
        let flags = [("decision.hold", hold), ("decision.flag", flag), ("decision.by", "/x")]
        let settings = try Settings(file: nil, environment: [:], flags: Self.base + flags)
        let problems = settings.workerProblems()
        #expect(problems.count == (isHidden ? 1 : 0), "\(problems)")
        #expect(problems.allSatisfy { $0.hasPrefix("decision.flag: 'a") || $0.hasPrefix("decision.flag: '*") })
        #expect(settings.decisionProblems().isEmpty)
    }

    @Test(
        "What is no band is refused",
        arguments: [
            "negative", "negative:", ":0.5", "negative:1.5", "negative:-0.1", "negative:0.6-0.5", "negative:0.5-0.5",
            "negative:0.1-0.2-0.3", "negative:nan", "negative@:0.5", "@news:0.5", "negative:0.5-", "a:0.5,b",
        ]
    )
    func malformed(text: String) { #expect(ScoreBands(text) == nil) }

    @Test("Routes name all ways that a record may take")
    func destinations() throws {
        let routes = try #require(OutputRoutes("hold:held,hold:out,negative:bad,a\\,b:c:topic"))
        #expect(routes.topics == ["held", "out", "bad", "topic"])
        #expect(routes.names == ["hold", "negative", "a,b:c"])
        #expect(routes.topics(decision: "hold", labels: ["negative"]) == ["held", "out", "bad"])
        let all = routes.destinations(standard: "out")
        #expect(all.isSuperset(of: [["out"], ["held", "out"], ["bad"], ["held", "out", "bad"], ["topic"]]))
        for text in ["hold", "hold:", ":held", "hold:held,x"] { #expect(OutputRoutes(text) == nil) }
    }

    private static let base = [
        ("bootstrap.servers", "localhost:1"), ("input.topics", "in"), ("output.topic", "out"),
    ]

    @Test(
        "Routes and thresholds that cannot be right are refused by name",
        arguments: [
            ([("output.routes", "hold:held")], "output.routes: has a topic for 'hold', and decision.hold is not set"),
            ([("output.routes", "negative:in")], "output.routes: 'in' is an input topic too"),
            ([("output.routes", "negative:a b")], "output.routes: 'a b' is not a topic name"),
            ([("output.routes", "negative:cloud4bert.dead-letters")], "is an input or output topic too"),
            ([("decision.flag", "negative@news:0.5")], "decision.flag: has a threshold of one tenant"),
            (
                [("decision.flag", "a:0.7"), ("decision.review", "a:0.8-0.9")],
                "decision.review: 'a:0.8-0.9' never applies, since decision.flag, which is looked at first, has 'a:0.7'"
            ),
            (
                [("model.shadow.path", "/m"), ("model.shadow.sample", "0")],
                "model.shadow.sample: is 0, and nothing would be compared"
            ),
            ([("decision.by", "/site"), ("input.format", "text")], "decision.by: points into JSON"),
            ([("explain", "decided")], "explain: 'decided' needs thresholds"),
            ([("edits.key", "/id"), ("input.format", "text")], "edits.key: points into JSON"),
            ([("edits.key", "comment_id")], "edits.key"),
            ([("decision.hold", "negative:2")], "decision.hold"), ([("decision.by", "site")], "decision.by"),
        ]
    )
    func problems(flags: [(String, String)], problem: String) throws {
        let error = #expect(throws: SettingsError.self) {
            try Settings(file: nil, environment: [:], flags: Self.base + flags, isForWorker: true)
        }
        #expect(error?.problems.contains { $0.contains(problem) } == true, "\(error?.problems ?? [])")
    }

    @Test("A pattern of input topics never stands for a topic of a route")
    func patterns() throws {
        let flags =
            Self.base.dropFirst(2) + [
                ("bootstrap.servers", "localhost:1"), ("input.topics", "^comments.*"),
                ("output.routes", "negative:comments.bad"),
            ]
        let settings = try Settings(file: nil, environment: [:], flags: Array(flags), isForWorker: true)
        #expect(!InputTopics(settings: settings).contains("comments.bad"))
        #expect(InputTopics(settings: settings).leftOut == ["comments.bad"])
    }
}
