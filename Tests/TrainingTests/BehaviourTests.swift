// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Training

@Suite struct BehaviourTests {
    private static let labels = ["negative", "neutral", "positive"]

    private func cases(_ lines: [String]) throws -> [BehaviourCases.Case] {
        let file = FileManager.default.temporaryDirectory.appending(path: "cloud4bert-\(UUID().uuidString).jsonl")
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try BehaviourCases(path: file.path, labels: Self.labels).cases
    }

    @Test("A line has a kind, a text, and a label, a group or both")
    func lines() throws {
        let found = try cases([
            #"{"kind":"k","text":"a","label":"positive","note":[1]}"#, "  ", #"{"kind":"g","group":"g1","text":""}"#,
            #"{"kind":"g","group":"g1","text":"c","label":"LABEL_0"}"#,
        ])
        #expect(
            found == [
                .init(kind: "k", text: "a", label: 2, group: nil, line: 1),
                .init(kind: "g", text: "", label: nil, group: "g1", line: 3),
                .init(kind: "g", text: "c", label: 0, group: "g1", line: 4),
            ]
        )
    }

    @Test("A bad line is named, with what is wrong with it")
    func badLines() {
        let good = #"{"kind":"k","text":"a","label":"positive"}"#
        for (line, reason) in [
            ("{", "no JSON object"), (#"{"text":"a","label":"positive"}"#, "'kind'"),
            (#"{"kind":"","text":"a"}"#, "'kind'"),
            (#"{"kind":"k","label":"positive"}"#, "'text'"), (#"{"kind":"k","text":"a"}"#, "neither"),
            (#"{"kind":"k","text":"a","label":"angry"}"#, "'angry' is none"),
            (#"{"kind":"k","text":"a","label":1}"#, "'label'"),
            (#"{"kind":"k","text":"a","group":"lone"}"#, "no other text"), ("a line", "no JSON object"),
        ] {
            let error = #expect(throws: DatasetError.self) { try cases([good, line]) }
            #expect(error?.line == 2 && error?.reason.contains(reason) == true, "\(line): \(String(describing: error))")
        }
        let mixed = #"{"kind":"other","text":"b","group":"g"}"#
        let error = #expect(throws: DatasetError.self) { try cases([#"{"kind":"k","text":"a","group":"g"}"#, mixed]) }
        #expect(error?.line == 2 && error?.reason.contains("line 1") == true)
        #expect(throws: DatasetError.self) { try cases(["", " "]) }
    }

    @Test("Each kind has its share of right labels, and of groups whose texts are labelled alike")
    func kinds() throws {
        let found = try cases([
            #"{"kind":"negation","text":"1","label":"negative"}"#, #"{"kind":"names","group":"a","text":"2"}"#,
            #"{"kind":"negation","text":"3","label":"positive"}"#, #"{"kind":"names","group":"b","text":"4"}"#,
            #"{"kind":"names","group":"a","text":"5"}"#, #"{"kind":"names","group":"b","text":"6","label":"neutral"}"#,
            #"{"kind":"names","group":"c","text":"7"}"#, #"{"kind":"names","group":"c","text":"8"}"#,
        ])
        let said = [0, 2, 1, 0, 2, 2, 1, 1]
        let test = BehaviourTest(
            path: "cases.jsonl",
            found,
            scores: said.map { label in Self.labels.indices.map { $0 == label ? 0.8 : 0.1 } }
        )
        #expect(test.kinds.map(\.name) == ["negation", "names"])
        let (negation, names) = (test.kinds[0], test.kinds[1])
        #expect(negation.labelled == 2 && negation.rightShare == 0.5 && negation.sameShare == nil)
        #expect(
            negation.wrong.map(\.of.text) == ["3"] && negation.wrong[0].label == 1 && negation.wrong[0].score == 0.8
        )
        #expect(names.labelled == 1 && names.rightShare == 0 && names.groups == 3 && names.sameShare == 2.0 / 3)
        #expect(names.torn.map { $0.map(\.of.text) } == [["4", "6"]])
        #expect(test.all.labelled == 3 && test.all.wrong.count == 2 && test.all.groups == 3 && test.all.torn.count == 1)
    }
}
