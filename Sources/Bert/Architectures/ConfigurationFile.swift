// SPDX-License-Identifier: Apache-2.0

import Files
import FoundationEssentials

/// The keys of a `config.json` that decide how a model computes, of all families, checked one by one. Other keys (dropout,
/// token ids, the version that wrote it) do not change what the model answers and are not read.
struct ConfigurationFile {
    typealias Key = ConfigurationKey

    /// Most labels that are accepted.
    private static let maxLabels = 100_000
    /// Longest file that is read, in bytes; labels are all that can be many.
    private static let maxBytes = 16 << 20

    private let file: MappedFile
    private let content: Content

    /// The values of keys with a boolean.
    var flags: [Key: Bool] { content.flags }

    /// Whether the file says what model it is of: beside a tokenizer alone it need not.
    var namesModel: Bool { content.texts[.modelType] != nil || content.architectures?.isEmpty == false }

    init(_ file: MappedFile) throws(FileError) {
        guard file.count <= Self.maxBytes else {
            throw file.error(.invalid, "is \(file.count) bytes long; at most \(Self.maxBytes) are read")
        }
        self.file = file
        content = try file.decode(Content.self, what: "the configuration")
    }

    func error(_ kind: FileError.Kind, _ key: Key, _ reason: String) -> FileError {
        file.error(kind, "\(key.stringValue) \(reason)")
    }

    /// The family by `model_type`, the task by the first of `architectures`; each stands in for the other's absence.
    func planAndTask() throws(FileError) -> (ModelPlan, Architecture.Task) {
        let stated = ModelPlan.named(content.texts[.modelType])
        if stated == nil, let type = content.texts[.modelType] {
            let known = ModelPlan.all.map { "'\($0.modelType)'" }.joined(separator: ", ")
            throw error(.unsupported, .modelType, "is \(type.quotedInMessage); known are \(known)")
        }
        guard let name = content.architectures?.first else {
            guard let stated else {
                throw error(
                    .invalid,
                    .modelType,
                    "is missing, and so is architectures: one must name the kind of model"
                )
            }
            return (stated, .bare)
        }
        for plan in ModelPlan.all {
            guard let task = plan.classes[name] else { continue }
            guard stated == nil || stated == plan else {
                throw error(.invalid, .architectures, "names \(name.quotedInMessage), which is of another model_type")
            }
            return (plan, task)
        }
        let known = ModelPlan.all.flatMap { $0.classes.keys.sorted() }.joined(separator: ", ")
        throw error(.unsupported, .architectures, "names \(name.quotedInMessage); known are \(known)")
    }

    /// Refuses what would change the model's answers.
    func refuseUnknownParts(of plan: ModelPlan) throws(FileError) {
        for (key, number) in plan.configuration.fixed.sorted(by: { $0.key.stringValue < $1.key.stringValue }) {
            guard let stated = content.numbers[key], stated != number else { continue }
            throw error(.unsupported, key, "is \(stated); only \(number) is known")
        }
        if let type = content.texts[.positionEmbeddingType], type != "absolute" {
            throw error(.unsupported, .positionEmbeddingType, "is \(type.quotedInMessage); only 'absolute' is known")
        }
        for key in [Key.isDecoder, .addCrossAttention] where flags[key] == true {
            throw error(.unsupported, key, "is true; only encoders are known")
        }
        if content.isQuantized {
            throw error(.unsupported, .quantizationConfig, "is set; save the model in F32, F16 or BF16")
        }
    }

    /// The family, if it is a known one.
    var plan: ModelPlan? {
        guard content.texts[.modelType] == nil else { return ModelPlan.named(content.texts[.modelType]) }
        return ModelPlan.all.first { plan in content.architectures?.first.map { plan.classes[$0] != nil } ?? false }
    }

    /// Whether the file has a size, and does not leave it to its default.
    func states(_ place: ModelPlan.ConfigurationKeys.Size) -> Bool {
        place.keys.contains { content.numbers[$0] != nil }
    }

    /// The size at a place, if it is within its bounds.
    func size(
        _ place: ModelPlan.ConfigurationKeys.Size,
        atLeast least: Int = 1,
        atMost limit: Int
    ) throws(FileError) -> Int {
        guard let key = place.keys.first(where: { content.numbers[$0] != nil }), let size = content.numbers[key] else {
            return place.standard
        }
        guard (least...limit).contains(size) else {
            throw error(.invalid, key, "is \(size); expected \(least) to \(limit)")
        }
        return size
    }

    /// A number above 0 and at most 1; nil where there is no such key.
    func share(_ key: Key) throws(FileError) -> Float? {
        guard let stated = content.decimals[key] else { return nil }
        let share = Float(stated)
        guard share > 0, share <= 1 else { throw error(.invalid, key, "is \(stated); expected above 0 to 1") }
        return share
    }

    /// Keys of one family alone.
    func decode<Keys: Decodable>(_ type: Keys.Type) throws(FileError) -> Keys {
        try file.decode(type, what: "the configuration")
    }

    /// What is added to the variance in layer norms.
    func layerNormEpsilon(_ key: Key?, standard: Float) throws(FileError) -> Float {
        guard let key, let stated = content.decimals[key] else { return standard }
        let epsilon = Float(stated)
        // Zero as f32 would divide by zero for a constant row.
        guard epsilon.isNormal, epsilon > 0, epsilon < 1 else {
            throw error(.invalid, key, "is \(epsilon); expected a small positive number such as 1e-12")
        }
        return epsilon
    }

    /// One of a closed set of texts.
    func choice<Choice: RawRepresentable<String>>(
        _ key: Key,
        kind: FileError.Kind
    ) throws(FileError) -> Choice? {
        guard let text = content.texts[key] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw error(kind, key, "has the unknown value \(text.quotedInMessage)")
        }
        return choice
    }

    /// The labels by `id2label`, in the order of the ids; `LABEL_0`… where it is absent, two unless `num_labels` says else.
    func labels() throws(FileError) -> [String] {
        let count = try size(.init(.numLabels, standard: content.labels?.count ?? 2), atMost: Self.maxLabels)
        guard let named = content.labels else { return (0..<count).map { "LABEL_\($0)" } }
        guard !named.isEmpty, named.count <= Self.maxLabels else {
            throw error(.invalid, .idToLabel, "has \(named.count) labels; expected 1 to \(Self.maxLabels)")
        }
        guard named.count == count else {
            throw error(.invalid, .idToLabel, "has \(named.count) labels, but num_labels is \(count)")
        }
        var labels: [String] = []
        for id in 0..<count {
            // As written by a number, so that '01' and '+1' are no ids.
            guard let label = named[String(id)] else {
                throw error(.invalid, .idToLabel, "has no label '\(id)'; its ids must be 0 to \(count - 1)")
            }
            labels.append(label)
        }
        return labels
    }
}

/// The file's values as written; null counts as absent.
private struct Content: Decodable {
    typealias Key = ConfigurationFile.Key

    var texts: [Key: String] = [:]
    var numbers: [Key: Int] = [:]
    var decimals: [Key: Double] = [:]
    var flags: [Key: Bool] = [:]
    let architectures: [String]?
    let labels: [String: String]?
    let isQuantized: Bool

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let plans = ModelPlan.all.map(\.configuration)
        for key in [Key.modelType, .problemType, .positionEmbeddingType] + plans.map(\.activation) {
            texts[key] = try container.decodePlacedIfPresent(String.self, forKey: key)
        }
        for key in [Key.numLabels, .earlyExitLayer] + plans.flatMap(\.sizes).flatMap(\.keys)
            + plans.flatMap(\.fixed.keys)
        {
            numbers[key] = try container.decodePlacedIfPresent(Int.self, forKey: key)
        }
        for key in [Key.earlyExitConfidence] + plans.compactMap(\.layerNormEpsilon) {
            decimals[key] = try container.decodePlacedIfPresent(Double.self, forKey: key)
        }
        for key in [Key.isDecoder, .addCrossAttention, .tieWordEmbeddings] {
            flags[key] = try container.decodePlacedIfPresent(Bool.self, forKey: key)
        }
        architectures = try container.decodePlacedIfPresent([String].self, forKey: .architectures)
        labels = try container.decodePlacedIfPresent([String: String].self, forKey: .idToLabel)
        isQuantized = try container.contains(.quantizationConfig) && !container.decodeNil(forKey: .quantizationConfig)
    }
}
