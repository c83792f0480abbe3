// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Training

@Suite struct RunReportTests {
    @Test("The page draws every loss and figure, and shows names as text")
    func page() {
        var state = RunState()
        for step in [10, 20] {
            state.progress.append(
                RunProgress(
                    step: step,
                    steps: 20,
                    losses: ["loss": 2.5 / Double(step)],
                    gradientNorm: 1,
                    learningRate: 1e-4,
                    tokensPerSecond: 4000,
                    secondsLeft: 0
                )
            )
            let figure = RunEvaluation.Figure(name: "f1 <b>.csv", value: 0.5)
            state.add(RunEvaluation(step: step, score: 0.5, figures: [figure], isBest: step == 10))
        }
        let page = RunReport.page(state, identity: ["command": "finetune", "train": "a&b.csv"])
        #expect(page.contains("f1 &lt;b&gt;.csv") && !page.contains("<b>"))
        #expect(page.contains("a&amp;b.csv"))
        #expect(page.split(separator: "class=\"line").count == 4)
        #expect(!page.contains("://") && !page.contains("NaN"))
        #expect(state.evaluationsSinceBest == 1 && state.bestScore == 0.5)
    }

    @Test("Sources that are scored by themselves have a line in each figure's chart, and a row in the table")
    func sources() {
        var state = RunState()
        for step in [10, 20] {
            let figures = [nil, "a.csv", "b&c.csv"].flatMap { source in
                ["macro_f1", "macro_recall"].map {
                    RunEvaluation.Figure(name: $0, source: source, value: source == nil ? 0.5 : 0.25)
                }
            }
            state.add(RunEvaluation(step: step, score: 0.5, figures: figures, isBest: true))
        }
        #expect(state.evaluations[0].sources == ["a.csv", "b&c.csv"])
        let page = RunReport.page(state, identity: [:])
        #expect(page.contains("Evaluations: macro f1") && page.contains("Evaluations: macro recall"))
        #expect(page.split(separator: "class=\"line").count == 7)
        #expect(page.split(separator: "<tr>").count == 1 + 1 + 2 * 3)
        #expect(page.contains("<td>b&amp;c.csv</td><td>0.2500</td><td>0.2500</td>"))
    }

    @Test("A run without reports yet makes a page as well")
    func empty() {
        #expect(RunReport.page(RunState(), identity: [:]).contains("</html>"))
    }
}
