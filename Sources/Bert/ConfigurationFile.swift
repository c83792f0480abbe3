// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// The keys of a `config.json` that decide how a model computes, checked one by one. Other keys (dropout, token ids, the
/// version that wrote it) do not change what the model answers and are not read.
struct ConfigurationFile {
    enum Key: String, CodingKey, CaseIterable {
        case modelType = "model_type"
        case architectures
        case vocabularySize = "vocab_size"
        case positions = "max_position_embeddings"
        case hiddenSize = "hidden_size"
        case numHiddenLayers = "num_hidden_layers"
        case numAttentionHeads = "num_attention_heads"
        case intermediateSize = "intermediate_size"
        case typeVocabularySize = "type_vocab_size"
        case layerNormEpsilon = "layer_norm_eps"
        case hiddenActivation = "hidden_act"
        case dim
        case nLayers = "n_layers"
        case nHeads = "n_heads"
        case hiddenDim = "hidden_dim"
        case activation
        case idToLabel = "id2label"
        case numLabels = "num_labels"
        case problemType = "problem_type"
        case positionEmbeddingType = "position_embedding_type"
        case isDecoder = "is_decoder"
        case addCrossAttention = "add_cross_attention"
        case tieWordEmbeddings = "tie_word_embeddings"
        case quantizationConfig = "quantization_config"
    }

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

    init(_ file: MappedFile) throws(ModelError) {
        guard file.count <= Self.maxBytes else {
            throw file.error(.invalid, "is \(file.count) bytes long; at most \(Self.maxBytes) are read")
        }
        self.file = file
        content = try file.decode(Content.self, what: "the configuration")
    }

    func error(_ kind: ModelError.Kind, _ key: Key, _ reason: String) -> ModelError {
        file.error(kind, "\(key.rawValue) \(reason)")
    }

    /// The family by `model_type`, the task by the first of `architectures`; each stands in for the other's absence.
    func familyAndTask() throws(ModelError) -> (Architecture.Family, Architecture.Task) {
        var stated: Architecture.Family?
        if let type = content.texts[.modelType] {
            switch type {
            case "bert": stated = .bert
            case "distilbert": stated = .distilBert
            default:
                throw error(
                    .unsupported,
                    .modelType,
                    "is \(type.quotedInMessage); only 'bert' and 'distilbert' are known"
                )
            }
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
        let (family, task): (Architecture.Family, Architecture.Task)
        switch name {
        case "BertForSequenceClassification": (family, task) = (.bert, .sequenceClassification)
        case "BertForMaskedLM", "BertForPreTraining": (family, task) = (.bert, .maskedLM)
        case "BertModel": (family, task) = (.bert, .bare)
        case "DistilBertForSequenceClassification": (family, task) = (.distilBert, .sequenceClassification)
        case "DistilBertForMaskedLM": (family, task) = (.distilBert, .maskedLM)
        case "DistilBertModel": (family, task) = (.distilBert, .bare)
        default:
            let known =
                "BertModel, BertForMaskedLM, BertForPreTraining, BertForSequenceClassification and DistilBert's same"
            throw error(.unsupported, .architectures, "names \(name.quotedInMessage); known are \(known)")
        }
        guard stated == nil || stated == family else {
            throw error(.invalid, .architectures, "names \(name.quotedInMessage), which is of another model_type")
        }
        return (family, task)
    }

    /// Refuses what would change the model's answers.
    func refuseUnknownParts() throws(ModelError) {
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

    /// The size under the first of the keys that is there.
    func size(
        _ keys: Key...,
        default standard: Int,
        atLeast least: Int = 1,
        atMost limit: Int
    ) throws(ModelError) -> Int {
        guard let key = keys.first(where: { content.numbers[$0] != nil }), let size = content.numbers[key] else {
            return standard
        }
        guard (least...limit).contains(size) else {
            throw error(.invalid, key, "is \(size); expected \(least) to \(limit)")
        }
        return size
    }

    func layerNormEpsilon() throws(ModelError) -> Float {
        let epsilon = Float(content.layerNormEpsilon ?? 1e-12)
        // Zero as f32 would divide by zero for a constant row.
        guard epsilon.isNormal, epsilon > 0, epsilon < 1 else {
            throw error(.invalid, .layerNormEpsilon, "is \(epsilon); expected a small positive number such as 1e-12")
        }
        return epsilon
    }

    /// One of a closed set of texts.
    func choice<Choice: RawRepresentable<String>>(
        _ key: Key,
        kind: ModelError.Kind
    ) throws(ModelError) -> Choice? {
        guard let text = content.texts[key] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw error(kind, key, "has the unknown value \(text.quotedInMessage)")
        }
        return choice
    }

    /// The labels by `id2label`, in the order of the ids; `LABEL_0`… where it is absent, two unless `num_labels` says else.
    func labels() throws(ModelError) -> [String] {
        let count = try size(.numLabels, default: content.labels?.count ?? 2, atMost: Self.maxLabels)
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
    var flags: [Key: Bool] = [:]
    let architectures: [String]?
    let layerNormEpsilon: Double?
    let labels: [String: String]?
    let isQuantized: Bool

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for key in Key.allCases {
            switch key {
            case .modelType, .hiddenActivation, .activation, .problemType, .positionEmbeddingType:
                texts[key] = try container.decodePlacedIfPresent(String.self, forKey: key)
            case .isDecoder, .addCrossAttention, .tieWordEmbeddings:
                flags[key] = try container.decodePlacedIfPresent(Bool.self, forKey: key)
            case .vocabularySize, .positions, .hiddenSize, .numHiddenLayers, .numAttentionHeads, .intermediateSize,
                .typeVocabularySize, .dim, .nLayers, .nHeads, .hiddenDim, .numLabels:
                numbers[key] = try container.decodePlacedIfPresent(Int.self, forKey: key)
            case .architectures, .layerNormEpsilon, .idToLabel, .quantizationConfig: break
            }
        }
        architectures = try container.decodePlacedIfPresent([String].self, forKey: .architectures)
        layerNormEpsilon = try container.decodePlacedIfPresent(Double.self, forKey: .layerNormEpsilon)
        labels = try container.decodePlacedIfPresent([String: String].self, forKey: .idToLabel)
        isQuantized = try container.contains(.quantizationConfig) && !container.decodeNil(forKey: .quantizationConfig)
    }
}
