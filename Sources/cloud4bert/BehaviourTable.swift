// SPDX-License-Identifier: Apache-2.0
import Foundation
import Training

/// How a model does on cases of behaviour, as a table and a list of failures.
enum BehaviourTable {
    static func text(_ test: BehaviourTest, labels: [String], failures: Int) -> String {
        let heads = [test.path, "labelled", "right", "share", "groups", "alike", "share"]
        let table = TextTable.text([heads] + (test.kinds + [test.all]).map(row))
        let lists = test.kinds.map { list($0, labels, failures) }.filter { !$0.isEmpty }
        return ([table] + lists).joined(separator: "\n\n") + "\n"
    }

    private static func row(_ kind: BehaviourTest.Kind) -> [String] {
        func cells(_ all: Int, _ failed: Int, _ share: Double?) -> [String] {
            share.map { ["\(all)", "\(all - failed)", String(format: "%.4f", $0)] } ?? ["", "", ""]
        }
        return [kind.name] + cells(kind.labelled, kind.wrong.count, kind.rightShare)
            + cells(kind.groups, kind.torn.count, kind.sameShare)
    }

    /// The first failures of a kind, and how many more there are.
    private static func list(_ kind: BehaviourTest.Kind, _ labels: [String], _ limit: Int) -> String {
        func said(_ answer: BehaviourTest.Answer) -> String {
            "\(labels[answer.label]) \(String(format: "%.3f", answer.score))"
        }
        func text(_ answer: BehaviourTest.Answer) -> String {
            "line \(answer.of.line): \(answer.of.text.replacing("\n", with: " "))"
        }
        let wrong = kind.wrong.map { answer in
            ["  \(said(answer)), not \(answer.of.label.map { labels[$0] } ?? ""): \(text(answer))"]
        }
        let torn = kind.torn.map { group in
            ["  group \(group[0].of.group ?? ""):"] + group.map { "    \(said($0)): \(text($0))" }
        }
        let lines = (wrong.prefix(limit) + torn.prefix(limit)).flatMap(\.self)
        guard !lines.isEmpty else { return "" }
        let more = wrong.count + torn.count - min(wrong.count, limit) - min(torn.count, limit)
        return (["\(kind.name):"] + lines + (more > 0 ? ["  and \(more) more"] : [])).joined(separator: "\n")
    }
}
