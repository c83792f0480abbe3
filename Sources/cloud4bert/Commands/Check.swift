// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Settings
import Worker

extension Command {
    static let check = Command(
        name: "check",
        summary: "check the worker's settings and the model's directory, and show what they come to",
        examples: [
            "--config worker.properties --connect",
            "--template > worker.properties",
        ],
        options: [
            Option("connect", nil, "load the model, and try the broker and the topics too"),
            Option("template", nil, "print a file of all settings with their defaults, and check nothing"),
        ]
    ) { invocation in
        try invocation.refuseArguments()
        if invocation.has("template") { return try Terminal.write(Array(Settings.template.utf8)) }
        let settings = try invocation.settings(isForWorker: true, checksModels: true)
        try Terminal.line(settings.summary)
        guard invocation.has("connect") || !settings[Settings.modelShadowPath].isEmpty else { return }
        let model = try Model(settings: settings, environment: Environment.all)
        try Worker.checkShadow(settings: settings, model: model)
        guard invocation.has("connect") else { return }
        let more = try Worker.moreModels(settings: settings, model: model)
        try settings.verify(model)
        try Worker.checkDriftReference(settings: settings, model: model)
        try Terminal.line(
            "model: \(model.name), \(model.labels.joined(separator: ", ")), sha256 \(model.digest)"
        )
        for line in more { try Terminal.line(line) }
        let remark = try Worker.checkConnection(settings: settings)
        try Terminal.line("kafka: the broker answers, and the topics are there")
        if let remark { Terminal.complain(remark) }
    }
}
