// SPDX-License-Identifier: Apache-2.0
import Bert
import HTTP
import Testing

@testable import Worker

/// Requests and answers in the shape of the Perspective API.
@Suite struct AnalyzeAPITests {
    private let api = AnalyzeAPI(
        attributes: AttributeNames(["toxic", "very mild", "neutral"].map { ($0, $0) })
    )
    private let scored = [
        ScoredText(
            ranking: [
                LabelScore(label: "toxic", score: 0.75), LabelScore(label: "neutral", score: 0.125),
                LabelScore(label: "very mild", score: 0.5),
            ]
        )
    ]

    private func answer(_ body: String, _ scored: [ScoredText]? = nil) throws -> String {
        try api.read(Array(body.utf8)).answer(scored ?? self.scored).body
    }

    private func refusal(_ body: String) -> ScoringError? {
        do throws(ScoringError) {
            _ = try api.read(Array(body.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test("Labels are attributes by their names in upper case, and toxicity by both of its names")
    func names() {
        #expect(api.attributes.names == ["TOXIC", "TOXICITY", "VERY_MILD", "NEUTRAL"])
        let more = AttributeNames([("toxic", "toxic"), ("toxic", "other.toxic"), ("mild", "other.mild")])
        #expect(more.names == ["TOXIC", "TOXICITY", "MILD"])
        #expect(more.label(of: "TOXICITY") == "toxic" && more.label(of: "MILD") == "other.mild")
    }

    @Test("A comment is answered by the attributes that were asked for, with what was sent along")
    func answers() throws {
        let body = #"""
            {"comment":{"text":"an \ud83d\ude00 oaf","type":"PLAIN_TEXT"},"languages":["en"],"doNotStore":true,"sessionId":"s",
            "clientToken":"t","communityId":"c","context":{"entries":[]},"spanAnnotations":true,
            "requestedAttributes":{"TOXICITY":{},"NEUTRAL":{"scoreType":"PROBABILITY","scoreThreshold":0.2},"VERY_MILD":null}}
            """#
        let score = { (value: String) in #"{"value":\#(value),"type":"PROBABILITY"}"# }
        let attribute = { (value: String) in
            #"{"spanScores":[{"begin":0,"end":9,"score":\#(score(value))}],"summaryScore":\#(score(value))}"#
        }
        #expect(
            try answer(body)
                == #"{"attributeScores":{"TOXICITY":\#(attribute("0.75")),"VERY_MILD":\#(attribute("0.5"))},"#
                + #""languages":["en"],"detectedLanguages":["und"],"clientToken":"t"}"#
        )
        let plain = #"{"comment":{"text":"x"},"requestedAttributes":{"TOXIC":{}}}"#
        #expect(
            try answer(plain)
                == #"{"attributeScores":{"TOXIC":{"summaryScore":\#(score("0.75"))}},"languages":["und"],"#
                + #""detectedLanguages":["und"]}"#
        )
    }

    @Test("Attributes that the model has not are an error, or passed over where that is asked for")
    func unknown() throws {
        let request = { (more: String) in
            #"{"comment":{"text":"x"},"requestedAttributes":{"THREAT":{},"NEUTRAL":{}}\#(more)}"#
        }
        let error = try #require(refusal(request("")))
        #expect(error.message.contains("Unknown requested attribute: THREAT") && error.message.contains("VERY_MILD"))
        let answer = try answer(request(#","dropUnsupportedAttributes":true"#))
        #expect(answer.contains(#""NEUTRAL":{"#) && !answer.contains("THREAT"))
    }

    @Test(
        "What is wrong with a request is said as Google's APIs do, with the name of the field",
        arguments: [
            (#"{"requestedAttributes":{"TOXIC":{}}}"#, "comment.text", "COMMENT_EMPTY"),
            (#"{"comment":{"text":""},"requestedAttributes":{"TOXIC":{}}}"#, "comment.text", "COMMENT_EMPTY"),
            (#"{"comment":{"text":"x"}}"#, "requestedAttributes", "NO_REQUESTED_ATTRIBUTES"),
            (#"{"comment":{"text":"x"},"requestedAttributes":{}}"#, "requestedAttributes", "NO_REQUESTED_ATTRIBUTES"),
            (#"{"comment":"x"}"#, "comment", "INVALID_REQUEST"),
            (#"{"comment":{"text":1}}"#, "comment.text", "INVALID_REQUEST"),
            (#"{"comment":{"type":"HTML"}}"#, "comment.type", "INVALID_REQUEST"),
            (#"{"comment":{"text":"x","text":"y"}}"#, "comment.text", "INVALID_REQUEST"),
            (#"{"languages":"en"}"#, "languages", "INVALID_REQUEST"),
            (#"{"languages":["en",1]}"#, "languages[1]", "INVALID_REQUEST"),
            (#"{"requestedAttributes":["TOXIC"]}"#, "requestedAttributes", "INVALID_REQUEST"),
            (
                #"{"requestedAttributes":{"TOXIC":{"scoreThreshold":"1"}}}"#,
                "requestedAttributes.TOXIC.scoreThreshold",
                "INVALID_REQUEST"
            ),
            (
                #"{"requestedAttributes":{"TOXIC":{"scoreType":"X"}}}"#, "requestedAttributes.TOXIC.scoreType",
                "INVALID_REQUEST"
            ),
            (#"{"doNotStore":"x"}"#, "doNotStore", "INVALID_REQUEST"), (#"{"spans":true}"#, "spans", "INVALID_REQUEST"),
        ]
    )
    func wrong(body: String, field: String, type: String) throws {
        let error = try #require(refusal(body))
        let response = api.response(to: error)
        #expect(error.field == field && response.status == 400)
        #expect(response.body.hasPrefix(#"{"error":{"code":400,"message":"\#(field): "#))
        #expect(response.body.contains(#""status":"INVALID_ARGUMENT","details":[{"@type":"#))
        #expect(response.body.contains(#"v1alpha1.Error","errorType":"\#(type)"}"#))
        #expect(response.body.contains(#""fieldViolations":[{"field":"\#(field)","description":"#))
    }

    @Test("A text that the vocabulary does not cover is one in a language that the attribute does not know")
    func unreadable() throws {
        let question = try api.read(Array(#"{"comment":{"text":"x"},"requestedAttributes":{"TOXIC":{}}}"#.utf8))
        let error = #expect(throws: ScoringError.self) { try question.answer([ScoredText(ranking: [])]) }
        let body = api.response(to: try #require(error)).body
        #expect(body.contains(#""message":"Attribute TOXIC does not support request languages: und""#))
        #expect(
            body.contains(
                #""errorType":"LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE","languageNotSupportedByAttributeError":"#
                    + #"{"detectedLanguages":["und"],"attribute":"TOXIC"}}"#
            )
        )
    }

    @Test("Errors that are none of the request's have Google's names, too")
    func errors() {
        for (kind, status, name) in [
            (.unauthorized, 401, "UNAUTHENTICATED"), (.overloaded, 429, "RESOURCE_EXHAUSTED"),
            (.unavailable, 503, "UNAVAILABLE"), (.inference, 500, "INTERNAL"), (.refused(413), 413, "INVALID_ARGUMENT"),
        ] as [(ScoringError.Kind, Int, String)] {
            let response = api.response(to: ScoringError(kind, "why"))
            #expect(response.status == status)
            #expect(
                response.body
                    == #"{"error":{"code":\#(status),"message":"why","status":"\#(name)","details":[]}}"#
            )
        }
    }
}
