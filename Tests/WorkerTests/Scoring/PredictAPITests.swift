// SPDX-License-Identifier: Apache-2.0
import Bert
import HTTP
import Testing

@testable import Worker

/// Requests and answers in the shape of text-embeddings-inference.
@Suite struct PredictAPITests {
    private let api = PredictAPI(maxTexts: 3, truncation: .head)
    private let scored = [
        ScoredText(ranking: [LabelScore(label: "a", score: 0.75), LabelScore(label: "b", score: 0.25)]),
        ScoredText(ranking: []),
    ]

    private func refusal(_ body: String, _ api: PredictAPI? = nil) -> ScoringError? {
        do throws(ScoringError) {
            _ = try (api ?? self.api).read(Array(body.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test("A text is answered by its labels, several by an array of such; a text that cannot be read has none")
    func shapes() throws {
        let one = try api.read(Array(#"{"inputs":"x"}"#.utf8))
        #expect(one.texts == ["x"] && one.mayBeCut && one.field(0) == "inputs")
        let first = #"[{"label":"a","score":0.75},{"label":"b","score":0.25}]"#
        #expect(try one.answer([scored[0]]).body == first)
        for body in [#"{"inputs":["x","y"]}"#, #"{"inputs":[["x"],["y"]]}"#, #"{"inputs":["x",["y"]]}"#] {
            let several = try api.read(Array(body.utf8))
            #expect(several.texts == ["x", "y"] && several.field(1) == "inputs[1]")
            #expect(try several.answer(scored).body == "[\(first),[]]")
        }
        let single = try api.read(Array(#"{"inputs":["x"]}"#.utf8))
        #expect(try single.answer([scored[0]]).body == "[\(first)]")
    }

    @Test("Fields that change nothing here are accepted, others that there are not are passed over")
    func fields() throws {
        let body = #"""
            {"truncate":false,"raw_scores":false,"truncation_direction":"Right","parameters":{"top_k":[[[1]]]},"inputs":"\u0078"}
            """#
        let question = try api.read(Array(body.utf8))
        #expect(question.texts == ["x"] && !question.mayBeCut)
        #expect(try api.read(Array(#"{"inputs":"x","truncate":null}"#.utf8)).mayBeCut)
        #expect(
            refusal(#"{"inputs":"x","truncation_direction":"Left"}"#, PredictAPI(maxTexts: 1, truncation: .tail)) == nil
        )
    }

    @Test(
        "What is wrong with a request is said with the name of the field",
        arguments: [
            (#"{}"#, "inputs", 422), (#"{"inputs":1}"#, "inputs", 422), (#"{"inputs":null}"#, "inputs", 422),
            (#"{"inputs":{"a":"b"}}"#, "inputs", 422), (#"{"inputs":[]}"#, "inputs", 422),
            (#"{"inputs":["a",2]}"#, "inputs[1]", 422), (#"{"inputs":["a",[]]}"#, "inputs[1]", 422),
            (#"{"inputs":[["a","b"]]}"#, "inputs[0]", 422), (#"{"inputs":[["a"],[["b"]]]}"#, "inputs[1][0]", 422),
            (#"{"inputs":"\ud800"}"#, "inputs", 422), (#"{"inputs":"a","inputs":"b"}"#, "inputs", 422),
            (#"{"inputs":"a","\u0069nputs":"b"}"#, "inputs", 422), (#"{"inputs":["a","a","a","a"]}"#, "inputs", 413),
            (#"{"inputs":"a","truncate":"yes"}"#, "truncate", 422), (#"{"inputs":"a","truncate":1}"#, "truncate", 422),
            (#"{"inputs":"a","raw_scores":true}"#, "raw_scores", 422),
            (#"{"inputs":"a","raw_scores":null}"#, "raw_scores", 422),
            (#"{"inputs":"a","truncation_direction":"Left"}"#, "truncation_direction", 422),
            (#"{"inputs":"a","truncation_direction":"up"}"#, "truncation_direction", 422),
            (#"["a"]"#, nil, 422), (#""a""#, nil, 422), ("", nil, 422), ("{", nil, 400),
            (#"{"inputs":"a"} x"#, nil, 400),
            (#"{"inputs":"a",}"#, nil, 400), (#"{"inputs":"a"#, nil, 400), ("{\"inputs\":\"\u{1}\"}", nil, 400),
            (#"{'inputs':'a'}"#, nil, 400), (#"{"inputs":["a" "b"]}"#, nil, 400),
        ] as [(String, String?, Int)]
    )
    func wrong(body: String, field: String?, status: Int) throws {
        let error = try #require(refusal(body))
        #expect(error.field == field && api.response(to: error).status == status, "\(error)")
        if let field { #expect(error.message.hasPrefix("\(field): ")) }
    }

    @Test("Bytes that are no UTF-8, deep nesting and long names are refused, or passed over, in no time")
    func hostile() throws {
        #expect(throws: ScoringError.self) { try api.read([0x7B, 0xFF, 0xFE]) }
        let deep = String(repeating: "[", count: 100_000)
        #expect(refusal(#"{"inputs":\#(deep)"#)?.kind == .field)
        #expect(refusal(#"{"x":\#(deep)"#)?.kind == .syntax)
        let closed = deep + String(repeating: "]", count: 100_000)
        #expect(refusal(#"{"x":\#(closed),"inputs":"a"}"#) == nil)
        let many = "[" + String(repeating: "\"a\",", count: 1_000_000) + "\"a\"]"
        #expect(refusal(#"{"inputs":\#(many)}"#)?.kind == .tooMany)
        let name = String(repeating: "n", count: 100_000)
        #expect(try #require(refusal(#"{"\#(name)":1,"\#(name)":2}"#)).message.utf8.count < 200)
    }

    @Test("Errors have the status and the body that clients of that server know, and say when to come back")
    func errors() {
        let overloaded = api.response(to: .overloaded)
        #expect(overloaded.status == 429 && overloaded.fields["Retry-After"] == "1")
        #expect(overloaded.body.hasPrefix(#"{"error":""#) && overloaded.body.hasSuffix(#","error_type":"Overloaded"}"#))
        for (kind, status, type) in [
            (.tooLong, 413, "Validation"), (.emptyText, 400, "Empty"), (.inference, 424, "Backend"),
            (.unavailable, 503, "Unhealthy"), (.unauthorized, 401, "Unauthorized"), (.refused(415), 415, "Validation"),
        ] as [(ScoringError.Kind, Int, String)] {
            let response = api.response(to: ScoringError(kind, "why"))
            #expect(response.status == status && response.body == #"{"error":"why","error_type":"\#(type)"}"#)
        }
    }
}
