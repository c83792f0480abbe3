// SPDX-License-Identifier: Apache-2.0

/// What the parameters of a checkpoint are called, without `.weight` and `.bias`.
package struct ParameterNames {
    private let template: ParameterTemplate
    /// `bert.`, say, where the encoder is part of a larger model, nothing where it is the whole of it.
    package let prefix: String
    /// The masked LM's bias, in full.
    package let decoderBias: String

    /// Finds out from the names in a checkpoint whether its encoder is bare.
    package init(_ plan: ModelPlan, in names: [String]) {
        let template = plan.parameters
        let biases = template.heads.decoderBias
        self.template = template
        prefix = names.contains { $0.hasPrefix(template.prefix) } ? template.prefix : ""
        decoderBias = biases.first(where: Set(names).contains) ?? biases[0]
    }

    /// The names in what is saved for a model of this architecture.
    package init(_ architecture: Architecture) {
        template = architecture.plan.parameters
        prefix = architecture.task == .bare ? "" : template.prefix
        decoderBias = template.heads.decoderBias[0]
    }

    package var wordEmbeddings: String { prefix + template.wordEmbeddings }
    package var positionEmbeddings: String { prefix + template.positionEmbeddings }
    /// Only in families with token types.
    package var tokenTypeEmbeddings: String { prefix + template.tokenTypeEmbeddings }
    package var embeddingsNorm: String { prefix + template.embeddingsNorm }
    /// Only where the embeddings are projected to the blocks' width.
    package var embeddingsProjection: String { prefix + template.embeddingsProjection }
    /// Only in families with a relative bias on attention's scores.
    package var relativeBias: String { prefix + template.relativeBias }
    /// Only in families with embeddings of distances.
    var relativeEmbeddings: String { prefix + template.relativeEmbeddings }
    var relativeNorm: String { prefix + template.relativeNorm }
    /// Only in families with a norm behind all blocks.
    var finalNorm: String { prefix + template.finalNorm }
    /// Only in families with a norm behind the pooler.
    var poolerNorm: String? { template.heads.poolerNorm }
    /// What a classifier reads the first token through.
    package var pooler: String { (template.heads.poolerIsInEncoder ? prefix : "") + template.heads.pooler }
    package var classifier: String { template.heads.classifier }
    /// The same of an early exit, which all families call alike.
    package let exitPooler = "early_exit.pooler"
    package let exitClassifier = "early_exit.classifier"
    package var maskedLMTransform: String { template.heads.transform }
    package var maskedLMNorm: String { template.heads.norm }
    /// The masked LM's matrix, where it is not the word embeddings.
    package var decoder: String { template.heads.decoder }

    /// The parameters of one block, of which several layers may be made.
    package struct Block {
        package let query, key, value, attentionOutput, attentionNorm, intermediate, output, outputNorm: String
        let positionKey, positionQuery: String
    }

    /// What the names of all parameters of a block begin with.
    package func layer(_ index: Int) -> String { "\(prefix)\(template.block.layer)\(index)\(template.block.ofLayer)" }

    package func block(_ index: Int) -> Block {
        let (layer, block) = (layer(index), template.block)
        return Block(
            query: layer + block.query,
            key: layer + block.key,
            value: layer + block.value,
            attentionOutput: layer + block.attentionOutput,
            attentionNorm: layer + block.attentionNorm,
            intermediate: layer + block.intermediate,
            output: layer + block.output,
            outputNorm: layer + block.outputNorm,
            positionKey: layer + block.positionKey,
            positionQuery: layer + block.positionQuery
        )
    }
}
