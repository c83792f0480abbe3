// SPDX-License-Identifier: Apache-2.0
import Bert
import JSON
import Training

extension JSONWriter {
    /// The figures of all texts together, and if there are several files, of each and their mean; the comparison with
    /// another model; the cases of behaviour.
    mutating func evaluation(_ results: EvaluationResults, failures: Int) {
        let labels = results.model.labels
        object { json in
            json.name("model")
            json.model(results.model)
            if !results.tests.isEmpty { json.tests(results.tests, labels) }
            if let (other, _, comparison) = results.comparison {
                json.name("comparison")
                json.comparison(comparison, with: other)
            }
            if let behaviour = results.behaviour {
                json.name("cases")
                json.behaviour(behaviour, labels, failures: failures)
            }
        }
    }

    private mutating func model(_ model: Model) {
        object { json in
            json.field("name", model.name)
            json.field("sha256", model.digest)
        }
    }

    /// Members of an object.
    private mutating func tests(_ tests: [ModelTest], _ labels: [String]) {
        figures(Evaluation(labels: labels, tests.flatMap(\.predictions)), tests)
        guard tests.count > 1 else { return }
        name("mean")
        object { json in
            for figure in KeyFigures(meanOf: tests.map(\.evaluation)).all {
                json.field(figure.key, figure.value)
            }
        }
        name("files")
        array { json in
            for test in tests {
                json.object { json in
                    json.field("file", test.path)
                    json.figures(test.evaluation, [test])
                }
            }
        }
    }

    private mutating func figures(_ evaluation: Evaluation, _ tests: [ModelTest]) {
        field("texts", evaluation.texts)
        field("accuracy", evaluation.accuracy)
        name("weighted")
        quality(evaluation.weighted)
        name("macro")
        quality(evaluation.macro)
        name("classes")
        object { json in
            for label in evaluation.classes {
                json.name(label.label)
                json.quality(label.quality, support: label.support)
            }
        }
        name("labels")
        array { json in for label in evaluation.labels { json.string(label) } }
        name("confusion")
        array { json in
            for row in evaluation.confusion {
                json.array { json in for count in row { json.integer(count) } }
            }
        }
        field("ece", evaluation.calibration.expectedError)
        field("texts_per_second", Double(evaluation.texts) / tests.reduce(0) { $0 + $1.seconds })
        field("tokens_per_second", Double(tests.reduce(0) { $0 + $1.tokens }) / tests.reduce(0) { $0 + $1.seconds })
    }

    private mutating func quality(_ quality: Evaluation.Quality, support: Int? = nil) {
        object { json in
            json.field("precision", quality.precision)
            json.field("recall", quality.recall)
            json.field("f1", quality.f1)
            guard let support else { return }
            json.field("support", support)
        }
    }

    /// The differences are those of the first model less the second.
    private mutating func comparison(_ comparison: Comparison, with other: Model) {
        object { json in
            json.name("model")
            json.model(other)
            json.name("files")
            json.array { json in
                for file in comparison.files {
                    json.object { json in
                        json.field("file", file.path)
                        json.counts(file.counts)
                        json.differences(file.differences)
                    }
                }
            }
            json.name("all")
            json.object { $0.counts(comparison.counts) }
            json.name("mean")
            json.object { $0.differences(comparison.mean) }
        }
    }

    private mutating func counts(_ counts: Comparison.Counts) {
        for (key, count) in [
            ("texts", counts.texts), ("agreeing", counts.agreeing), ("both_right", counts.bothRight),
            ("only_first_right", counts.onlyFirstRight), ("only_second_right", counts.onlySecondRight),
            ("both_wrong", counts.bothWrong),
        ] {
            field(key, count)
        }
        field("mcnemar_p", counts.pValue)
    }

    private mutating func differences(_ differences: Comparison.Differences) {
        for (key, interval) in [("weighted_f1", differences.weightedF1), ("macro_recall", differences.macroRecall)] {
            name(key)
            object { json in
                json.field("difference", interval.difference)
                json.field("low", interval.low)
                json.field("high", interval.high)
            }
        }
    }

    private mutating func behaviour(_ test: BehaviourTest, _ labels: [String], failures: Int) {
        object { json in
            json.field("file", test.path)
            json.shares(test.all)
            json.name("kinds")
            json.array { json in
                for kind in test.kinds {
                    json.object { json in
                        json.field("kind", kind.name)
                        json.shares(kind)
                        json.name("wrong")
                        json.array { json in kind.wrong.prefix(failures).forEach { json.answer($0, labels) } }
                        json.name("torn")
                        json.array { json in
                            for group in kind.torn.prefix(failures) {
                                json.array { json in group.forEach { json.answer($0, labels) } }
                            }
                        }
                    }
                }
            }
        }
    }

    private mutating func shares(_ kind: BehaviourTest.Kind) {
        for (key, all, share, failed) in [
            ("labelled", kind.labelled, kind.rightShare, kind.wrong.count),
            ("groups", kind.groups, kind.sameShare, kind.torn.count),
        ] {
            name(key)
            object { json in
                json.field("count", all)
                json.field("failed", failed)
                json.name("share")
                if let share { json.number(share) } else { json.null() }
            }
        }
    }

    private mutating func answer(_ answer: BehaviourTest.Answer, _ labels: [String]) {
        object { json in
            json.field("line", answer.of.line)
            json.field("text", answer.of.text)
            if let group = answer.of.group {
                json.field("group", group)
            }
            if let label = answer.of.label {
                json.field("label", labels[label])
            }
            json.field("predicted", labels[answer.label])
            json.field("score", answer.score)
        }
    }
}

extension KeyFigures.Figure {
    /// Its name as a JSON member's.
    fileprivate var key: String {
        name == "calibration error" ? "ece" : name.replacing(" ", with: "_").lowercased()
    }
}
