// SPDX-License-Identifier: Apache-2.0
package import Bert
package import Files
package import Settings

extension SettingKind where Value == LabelMap? {
    /// `LABEL:NAME`; the name stands behind the last colon, since labels may hold some.
    static var labelMapOrNone: Self {
        Self(range: "LABEL:NAME, separated by commas; * for all labels that are not named") { text in
            guard let pairs = text.elements(LabelPair<String>.init) else { return nil }
            guard !pairs.isEmpty else { return .some(nil) }
            var names: [String: String] = [:]
            for pair in pairs where names.updateValue(pair.value, forKey: pair.label) != nil { return nil }
            let others = names.removeValue(forKey: "*")
            return LabelMap(names, others: others)
        }
    }
}

/// From which score on a label holds, of a model of which any number of labels may hold: `toxic:0.8,*:0.4`.
package struct LabelThresholds: Sendable, Equatable {
    private let own: [String: Float]
    /// Of all labels that are not named; nil where that is not said.
    private let general: Float?

    /// Where nothing is said of a label.
    private static let standard: Float = 0.5

    /// Parses thresholds with commas between them; nil if one of them is none, or two are for one label.
    package init?(_ text: String) {
        guard let pairs = text.elements(LabelPair<Float>.init) else { return nil }
        var own: [String: Float] = [:]
        for pair in pairs {
            guard (0...1).contains(pair.value), own.updateValue(pair.value, forKey: pair.label) == nil else {
                return nil
            }
        }
        general = own.removeValue(forKey: "*")
        self.own = own
    }

    /// The labels that are named.
    package var labels: Set<String> { Set(own.keys) }

    /// What they come to for a classifier beside the main one: `toxicity.toxic:0.8,toxicity.*:0.4`.
    package func forClassifier(_ name: String) -> LabelThresholds {
        let prefix = name + "."
        let named = own.filter { $0.key.hasPrefix(prefix) }
        var its = Dictionary(uniqueKeysWithValues: named.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        let general = its.removeValue(forKey: "*")
        return LabelThresholds(own: its, general: general)
    }

    /// Whether any is for a classifier.
    /// - Parameter name: nil for the main one.
    func concerns(_ name: String?, labels: [String]) -> Bool {
        if let name { return own.keys.contains { $0.hasPrefix(name + ".") } }
        return general != nil || own.isEmpty || labels.contains { own[$0] != nil }
    }

    private init(own: [String: Float], general: Float?) { (self.own, self.general) = (own, general) }

    /// The labels that hold, in the order of the scores.
    package func reached(by ranking: [LabelScore]) -> [String] {
        ranking.filter { $0.score >= own[$0.label] ?? general ?? Self.standard }.map(\.label)
    }
}

extension SettingKind where Value == LabelThresholds {
    static var labelThresholds: Self {
        Self(range: "LABEL:SCORE, separated by commas, with scores from 0 to 1; * for all labels that are not named") {
            LabelThresholds($0)
        }
    }
}

/// `LABEL:VALUE`.
private struct LabelPair<Value: LosslessStringConvertible> {
    let label: String
    let value: Value

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let value = Value(text[text.index(after: colon)...].trimmed)
        else { return nil }
        (label, self.value) = (text[..<colon].trimmed, value)
        guard !label.isEmpty, !value.description.isEmpty else { return nil }
    }
}

extension Settings {
    /// Throws where `model.labels.map` does not suit the model.
    func check(_ map: LabelMap, of architecture: Architecture) throws(SettingsError) {
        guard let problem = map.problem(for: architecture) else { return }
        throw SettingsError(problems: ["\(Settings.modelLabelsMap.key): \(problem)"])
    }
}

extension Model {
    /// Loads a second model to be compared with this one: with its kernels, its precision, and its names of labels where
    /// that model's labels are the same.
    package convenience init(directory: String, beside model: Model, settings: Settings) throws(FileError) {
        let map = settings[Settings.modelLabelsMap]
        let place = try Settings.directory(ofModel: directory)
        let suits = try map?.problem(for: Architecture(directory: place)) == nil
        try self.init(
            directory: place,
            kernels: model.kernels,
            precision: model.precision,
            exit: settings.exitRule(ofModel: directory),
            labelMap: suits ? map : nil
        )
    }
}
