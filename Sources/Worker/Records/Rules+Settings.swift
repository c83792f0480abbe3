// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
public import Settings

extension Rules {
    /// The rules that the settings ask for.
    init(settings: Settings, model: Model) {
        decode = Decode(settings: settings)
        tokenizer = model.tokenizer
        maxTokens = settings.maxTokens(for: model)
        truncation = settings.truncation(for: model.tokenizer)
        tag = Tag(model: model)
        output = Output(
            topic: settings[Settings.outputTopic],
            mode: settings[Settings.outputMode],
            field: settings[Settings.outputField],
            model: ModelTag(
                name: model.name,
                digest: model.digest,
                precision: settings[Settings.modelPrecision].rawValue
            )
        )
        deadLetter = DeadLetter(topic: settings[Settings.deadLetterTopic], group: settings[Settings.groupID])
    }
}

extension Decode {
    /// Decodes as the settings ask for.
    public init(settings: Settings) {
        self.init(
            format: settings[Settings.inputFormat],
            pointer: settings[Settings.inputText],
            maxBytes: settings[Settings.inputMaxBytes],
            onTombstone: settings[Settings.onTombstone],
            onEmpty: settings[Settings.onEmpty]
        )
    }
}
