// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import JSON
import Settings

extension Command {
    static let verify = Command(
        name: "verify",
        arguments: "[DIR]",
        summary: "say whether this machine reproduces ids and logits of a model that transformers has written down",
        options: [
            Option("expected", "FILE", "lines of {\"text\": …, \"ids\": […], \"logits\": […]}", dash: "/dev/stdin"),
            Option(
                "tolerance",
                "X",
                "the greatest difference of a logit; in f32 1e-4 of the greatest, in int8 none unless said"
            ),
            Option("json", nil, "one JSON object"),
        ]
    ) { invocation in
        guard invocation.arguments.count <= 1 else { throw UsageError("verify takes one directory") }
        guard let path = invocation.value("expected") else { throw UsageError("--expected FILE is needed") }
        let tolerance = try invocation.number("tolerance", in: 0...1e30)
        let expected = try ExpectedOutputs(path: path)
        let settings = try invocation.settings(with: invocation.arguments.map { (key: "model.path", value: $0) })
        let model = try Model(settings: settings, environment: Environment.all)
        let found = try Verification(expected, of: model, tolerance: tolerance.map { Float($0) })
        let machine = BenchMachine(kernels: model.kernels)
        if invocation.has("json") {
            try Terminal.json { $0.verification(found, model, machine) }
        } else {
            try Terminal.line(found.text(of: model, on: machine))
        }
        if let problem = found.problem { throw InputError("\(path): not reproduced: \(problem)") }
    }
}

extension Verification {
    fileprivate func text(of model: Model, on machine: BenchMachine) -> String {
        let label = "\(sameLabel) have the expected label"
        let differences =
            "logits, which spread by \(spread), differ by \(greatest) at most, and \(meanSquareRoot) in the mean"
        return "\(texts) texts: \(texts - otherIDs.count) have the expected ids, \(label); \(differences) "
            + "(\(model.precision.rawValue), \(machine.instructionSet), \(machine.processor.printable))"
    }
}

extension JSONWriter {
    fileprivate mutating func verification(_ found: Verification, _ model: Model, _ machine: BenchMachine) {
        object { json in
            json.field("reproduced", found.isReproduced)
            json.field("texts", found.texts)
            json.field("same_ids", found.texts - found.otherIDs.count)
            json.field("same_label", found.sameLabel)
            json.field("greatest_difference", found.greatest)
            json.field("mean_square_root", found.meanSquareRoot)
            json.field("spread", found.spread)
            json.field("precision", model.precision.rawValue)
            json.field("instruction_set", machine.instructionSet)
            json.field("processor", machine.processor)
            json.field("sha256", model.digest)
        }
    }
}
