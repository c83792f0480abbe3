// SPDX-License-Identifier: Apache-2.0
internal import Files

extension ModelPlan {
    /// ModernBERT (Warner et al., 2024): norms before each part, rotary positions, most layers looking at the neighbourhood
    /// alone, a gated feed-forward part, and byte-level BPE.
    static let modernBert = ModelPlan(
        modelType: "modernbert",
        classPrefix: "ModernBert",
        configuration: ConfigurationKeys(
            vocabularySize: .init("vocab_size", standard: 50368),
            positions: .init("max_position_embeddings", standard: 8192),
            layers: .init("num_hidden_layers", standard: 22),
            feedForwardWidth: .init("intermediate_size", standard: 1152),
            layerNormEpsilon: "norm_eps",
            standardEpsilon: 1e-5,
            activation: "hidden_activation"
        ),
        parameters: ParameterTemplate(
            prefix: "model.",
            wordEmbeddings: "embeddings.tok_embeddings",
            embeddingsNorm: "embeddings.norm",
            finalNorm: "final_norm",
            block: .init(
                layer: "layers.",
                query: "attn.Wqkv",
                key: "attn.Wqkv",
                value: "attn.Wqkv",
                attentionOutput: "attn.Wo",
                attentionNorm: "mlp_norm",
                intermediate: "mlp.Wi",
                output: "mlp.Wo",
                outputNorm: "attn_norm"
            ),
            heads: .init(
                pooler: "head.dense",
                poolerNorm: "head.norm",
                classifier: "classifier",
                transform: "head.dense",
                norm: "head.norm",
                decoder: "decoder",
                decoderBias: ["decoder.bias"]
            )
        ),
        poolerActivation: .function(.gelu),
        transformActivation: .gelu,
        dropout: DropoutPlan(
            hidden: .init(key: "embedding_dropout", standard: 0),
            attention: .init(key: "attention_dropout", standard: 0),
            classifier: .init(key: "classifier_dropout", standard: 0),
            dropsAttentionOutput: true
        ),
        tokenizer: TokenizerClass(names: [], special: .bert, builds: .byteLevelBPE),
        isTrained: false
    ) { config, sizes throws(FileError) in
        let keys = try config.decode(ModernBERTKeys.self)
        return EncoderPlan(
            positions: .none,
            attention: .rotary(try keys.rotary(sizes, config)),
            normsFirst: true,
            biases: .init(
                attention: keys.attentionBias ?? false,
                feedForward: keys.feedForwardBias ?? false,
                norms: keys.normBias ?? false,
                pooler: keys.poolerBias ?? false,
                decoder: keys.decoderBias ?? true
            ),
            isGated: true,
            pooling: try keys.pooling(config)
        )
    }
}

/// What `config.json` says of ModernBERT alone, under the keys that it has had.
private struct ModernBERTKeys: Decodable {
    struct Rope: Decodable {
        let rope_type: String?
        let rope_theta: Double?
    }

    struct Ropes: Decodable {
        let full_attention: Rope?
        let sliding_attention: Rope?
    }

    let attentionBias: Bool?
    let feedForwardBias: Bool?
    let normBias: Bool?
    let poolerBias: Bool?
    let decoderBias: Bool?
    private let classifierPooling: String?
    private let classifierActivation: String?
    private let window: Int?
    private let globalEvery: Int?
    private let layerTypes: [String]?
    private let ropes: Ropes?
    private let globalTheta: Double?
    private let localTheta: Double?
    private let hasScaling: Bool

    private enum CodingKeys: String, CodingKey {
        case attentionBias = "attention_bias"
        case feedForwardBias = "mlp_bias"
        case normBias = "norm_bias"
        case poolerBias = "classifier_bias"
        case decoderBias = "decoder_bias"
        case classifierPooling = "classifier_pooling"
        case classifierActivation = "classifier_activation"
        case window = "local_attention"
        case globalEvery = "global_attn_every_n_layers"
        case layerTypes = "layer_types"
        case ropes = "rope_parameters"
        case globalTheta = "global_rope_theta"
        case localTheta = "local_rope_theta"
        case scaling = "rope_scaling"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func decode<Value: Decodable>(_ key: CodingKeys) throws -> Value? {
            try fields.decodePlacedIfPresent(Value.self, forKey: key)
        }
        attentionBias = try decode(.attentionBias)
        feedForwardBias = try decode(.feedForwardBias)
        normBias = try decode(.normBias)
        poolerBias = try decode(.poolerBias)
        decoderBias = try decode(.decoderBias)
        classifierPooling = try decode(.classifierPooling)
        classifierActivation = try decode(.classifierActivation)
        window = try decode(.window)
        globalEvery = try decode(.globalEvery)
        layerTypes = try decode(.layerTypes)
        ropes = try decode(.ropes)
        globalTheta = try decode(.globalTheta)
        localTheta = try decode(.localTheta)
        hasScaling = try fields.contains(.scaling) && !fields.decodeNil(forKey: .scaling)
    }

    private static func key(_ key: CodingKeys) -> ConfigurationKey { ConfigurationKey(stringValue: key.rawValue) }

    func pooling(_ config: ConfigurationFile) throws(FileError) -> EncoderPlan.Pooling {
        guard classifierActivation ?? "gelu" == "gelu" else {
            let reason = "is \((classifierActivation ?? "").quotedInMessage); only 'gelu' is known"
            throw config.error(.unsupported, Self.key(.classifierActivation), reason)
        }
        switch classifierPooling {
        case "cls", nil: return .first
        case "mean": return .mean
        case .some(let other):
            let reason = "is \(other.quotedInMessage); known are 'cls' and 'mean'"
            throw config.error(.unsupported, Self.key(.classifierPooling), reason)
        }
    }

    /// Which layers look how far, and how positions turn.
    func rotary(_ sizes: EncoderPlan.Sizes, _ config: ConfigurationFile) throws(FileError) -> Rotary {
        let types = [ropes?.full_attention?.rope_type, ropes?.sliding_attention?.rope_type]
        if hasScaling || types.contains(where: { $0 ?? "default" != "default" }) {
            throw config.error(.unsupported, Self.key(.ropes), "scales positions; only the type 'default' is known")
        }
        guard sizes.positions <= Rotary.limit else {
            let reason = "is \(sizes.positions); at most \(Rotary.limit) is known with rotary positions"
            throw config.error(.unsupported, "max_position_embeddings", reason)
        }
        guard (sizes.width / sizes.heads).isMultiple(of: 2) else {
            throw config.error(.unsupported, "num_attention_heads", "makes heads of an odd width, which do not turn")
        }
        let window = window ?? 128
        guard (0...1 << 20).contains(window) else {
            throw config.error(.invalid, Self.key(.window), "is \(window); expected 0 to \(1 << 20)")
        }
        let every = globalEvery ?? 3
        guard layerTypes != nil || (1...1 << 20).contains(every) else {
            throw config.error(.invalid, Self.key(.globalEvery), "is \(every); expected 1 or more")
        }
        let kinds = layerTypes ?? (0..<sizes.layers).map { $0 % every == 0 ? "full_attention" : "sliding_attention" }
        guard kinds.count == sizes.layers, kinds.allSatisfy({ ["full_attention", "sliding_attention"].contains($0) })
        else {
            let reason = "must say 'full_attention' or 'sliding_attention' of each of the \(sizes.layers) layers"
            throw config.error(.invalid, Self.key(.layerTypes), reason)
        }
        let thetas = (
            global: ropes?.full_attention?.rope_theta ?? globalTheta ?? 160_000,
            local: ropes?.sliding_attention?.rope_theta ?? localTheta ?? 10_000
        )
        for theta in [thetas.global, thetas.local] where !(theta >= 1 && theta < 1e12) {
            throw config.error(.invalid, Self.key(.ropes), "has a rope_theta of \(theta); expected 1 to 1e12")
        }
        return Rotary(
            isLocal: kinds.map { $0 == "sliding_attention" },
            reach: window / 2,
            globalTheta: Float(thetas.global),
            localTheta: Float(thetas.local)
        )
    }
}
