// SPDX-License-Identifier: Apache-2.0
internal import Files

extension ModelPlan {
    /// DeBERTa-v2 and v3 (He et al., 2021): attention that looks at words and at their distances apart, and a unigram model
    /// from SentencePiece.
    static let deberta = ModelPlan(
        modelType: "deberta-v2",
        classPrefix: "DebertaV2",
        configuration: ConfigurationKeys(
            vocabularySize: .init("vocab_size", standard: 128100),
            width: .init("hidden_size", standard: 1536),
            layers: .init("num_hidden_layers", standard: 24),
            heads: .init("num_attention_heads", standard: 24),
            feedForwardWidth: .init("intermediate_size", standard: 6144),
            typeVocabularySize: .init("type_vocab_size", standard: 0),
            layerNormEpsilon: "layer_norm_eps",
            standardEpsilon: 1e-7,
            fixed: ["conv_kernel_size": 0],
            activation: "hidden_act"
        ),
        parameters: ParameterTemplate(
            prefix: "deberta.",
            relativeEmbeddings: "encoder.rel_embeddings",
            relativeNorm: "encoder.LayerNorm",
            block: .init(
                layer: "encoder.layer.",
                query: "attention.self.query_proj",
                key: "attention.self.key_proj",
                value: "attention.self.value_proj",
                attentionOutput: "attention.output.dense",
                attentionNorm: "attention.output.LayerNorm",
                intermediate: "intermediate.dense",
                output: "output.dense",
                outputNorm: "output.LayerNorm",
                positionKey: "attention.self.pos_key_proj",
                positionQuery: "attention.self.pos_query_proj"
            ),
            heads: .init(
                pooler: "pooler.dense",
                classifier: "classifier",
                transform: "cls.predictions.transform.dense",
                norm: "cls.predictions.transform.LayerNorm",
                decoder: "cls.predictions.decoder",
                decoderBias: ["cls.predictions.bias", "cls.predictions.decoder.bias"]
            )
        ),
        poolerActivation: .function(.gelu),
        dropout: DropoutPlan(
            hidden: .init(key: "hidden_dropout_prob", standard: 0.1),
            attention: .init(key: "attention_probs_dropout_prob", standard: 0.1),
            classifier: .init(key: "cls_dropout", standard: nil),
            dropsAttentionOutput: true
        ),
        tokenizer: TokenizerClass(
            names: ["DebertaV2Tokenizer", "DebertaV2TokenizerFast"],
            special: .deberta,
            builds: .unigram(.deberta)
        ),
        isTrained: false
    ) { config, sizes throws(FileError) in
        let keys = try config.decode(DeBERTaKeys.self)
        try keys.refuseUnknown(sizes, config)
        return EncoderPlan(
            positions: keys.addsPositions ?? true ? .embeddings : .none,
            attention: .disentangled(
                Disentangled(
                    buckets: max(keys.buckets ?? -1, 0),
                    farthest: keys.farthest.flatMap { $0 < 1 ? nil : $0 } ?? sizes.positions,
                    sharesProjections: keys.sharesProjections ?? false,
                    normalises: keys.normalises
                )
            )
        )
    }
}

/// What `config.json` says of DeBERTa alone.
private struct DeBERTaKeys: Decodable {
    let isRelative: Bool?
    let addsPositions: Bool?
    let buckets: Int?
    let farthest: Int?
    let sharesProjections: Bool?
    private let normalisation: String?
    private let terms: Terms?
    private let embeddingWidth: Int?
    private let poolerWidth: Int?
    private let headWidth: Int?
    private let poolerActivation: String?
    private let hasFormerHead: Bool?

    private enum CodingKeys: String, CodingKey {
        case isRelative = "relative_attention"
        case addsPositions = "position_biased_input"
        case buckets = "position_buckets"
        case farthest = "max_relative_positions"
        case sharesProjections = "share_att_key"
        case normalisation = "norm_rel_ebd"
        case terms = "pos_att_type"
        case embeddingWidth = "embedding_size"
        case poolerWidth = "pooler_hidden_size"
        case headWidth = "attention_head_size"
        case poolerActivation = "pooler_hidden_act"
        case hasFormerHead = "legacy"
    }

    /// A list, or names with `|` between them.
    private struct Terms: Decodable {
        let names: Set<String>

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let list =
                if let text = try? container.decode(String.self) {
                    text.lowercased().split(separator: "|").map { $0.filter { $0 != " " } }
                } else {
                    try container.decode([String].self)
                }
            names = Set(list)
        }
    }

    /// `norm_rel_ebd`, names with `|` between them.
    var normalises: Bool {
        normalisation?.lowercased().split(separator: "|").contains { $0.filter { $0 != " " } == "layer_norm" } ?? false
    }

    /// Refuses what would change the model's answers.
    func refuseUnknown(_ sizes: EncoderPlan.Sizes, _ config: ConfigurationFile) throws(FileError) {
        func refuse(_ key: CodingKeys, _ reason: String) -> FileError {
            config.error(.unsupported, ConfigurationKey(stringValue: key.rawValue), reason)
        }
        guard isRelative == true else { throw refuse(.isRelative, "is not true; only disentangled attention is known") }
        guard terms?.names == ["c2p", "p2c"] else { throw refuse(.terms, "is not p2c and c2p; only both are known") }
        for (key, width, wanted) in [
            (CodingKeys.embeddingWidth, embeddingWidth, sizes.width), (.poolerWidth, poolerWidth, sizes.width),
            (.headWidth, headWidth, sizes.width / sizes.heads),
        ] {
            guard width ?? wanted == wanted else { throw refuse(key, "is \(width ?? 0); only \(wanted) is known") }
        }
        guard poolerActivation ?? "gelu" == "gelu" else {
            throw refuse(.poolerActivation, "is \((poolerActivation ?? "").quotedInMessage); only 'gelu' is known")
        }
        guard sizes.task != .maskedLM || hasFormerHead ?? true else {
            throw refuse(.hasFormerHead, "is false, which asks for another masked-LM head than is known")
        }
        for (key, size) in [(CodingKeys.buckets, buckets), (.farthest, farthest)] {
            guard size ?? -1 <= Disentangled.limit else {
                throw refuse(key, "is \(size ?? 0); at most \(Disentangled.limit) is known")
            }
        }
        guard buckets ?? -1 < 1 || buckets ?? 0 > 3 else { throw refuse(.buckets, "is too small") }
        guard sizes.positions <= Disentangled.limit else {
            let reason = "is \(sizes.positions); at most \(Disentangled.limit) is known with disentangled attention"
            throw config.error(.unsupported, "max_position_embeddings", reason)
        }
    }
}

extension SentencePieceLayout {
    /// The model's own order, with the mask behind; `transformers` does without the model's map.
    fileprivate static let deberta = SentencePieceLayout(
        back: [("[MASK]", 0)],
        before: { config in
            (config.lowercases ?? false ? [.lowercase] : []) + [
                .joinSpaces, .compose, .strip(left: false, right: true),
            ]
        },
        usesMap: false,
        splitsAtWhitespace: false,
        prefixOtherwise: .first
    )
}

extension SpecialTokenNames {
    /// BERT's, which stand for the beginning and the end of a text, too.
    fileprivate static let deberta: SpecialTokenNames = {
        var names = SpecialTokenNames.bert
        names.bos = names.cls
        names.eos = names.sep
        return names
    }()
}
