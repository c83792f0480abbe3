// SPDX-License-Identifier: Apache-2.0
import JSON

/// A model has taken over from another one.
struct ModelChange: Sendable {
    let model: ModelTag
    let previous: ModelTag
    /// Texts that both have scored.
    let texts: Int
    /// Those of them that have another label now, or one where they had none, or none any more.
    let changed: Int
    /// Settings that have changed too and that a worker takes at its start alone.
    let needsRestart: [String]
    /// Settings that do not come from the file, since something else goes before it: their keys, and what.
    let overridden: [(key: String, source: String)]
    /// Whether `drift.reference` is a file of another model.
    var isOfOtherReference = false
    let duration: Duration

    /// Share of the texts whose label changed; nil where there were no texts.
    var share: Double? { texts > 0 ? Double(changed) / Double(texts) : nil }
}

extension JSONWriter {
    /// The answer to who asked for it.
    mutating func fields(of change: ModelChange) {
        fields(of: change.model)
        name("previous")
        object { json in json.fields(of: change.previous) }
        field("texts", change.texts)
        field("changed", change.changed)
        if let share = change.share { field("changed_share", share) }
        field("seconds", Float(change.duration / .seconds(1)))
        name("needs_restart")
        array { json in for key in change.needsRestart { json.string(key) } }
        name("overridden")
        array { json in for (key, source) in change.overridden { json.string("\(key) (\(source))") } }
    }

    private mutating func fields(of model: ModelTag) {
        for (name, value) in model.labels { field(name, value) }
    }
}
