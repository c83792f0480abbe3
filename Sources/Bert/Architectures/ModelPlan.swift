// SPDX-License-Identifier: Apache-2.0
internal import Files

/// A model family as data: all in which BERT and its like differ. Each has its value in a file of its own, and nothing
/// else in the program asks which family a model is of.
package struct ModelPlan: Sendable {
    /// The families that are known. What neither `model_type` nor a class names is read as the first.
    static let all: [ModelPlan] = [
        .bert, .distilBert, .mpNet, .roberta, .xlmRoberta, .camembert, .electra, .albert, .deberta, .modernBert,
    ]

    /// What `config.json` has under `model_type`.
    let modelType: String
    /// What the names of its classes in `transformers` begin with: `Bert` of `BertForMaskedLM`.
    let classPrefix: String
    /// Classes that are read as if they were one of the three that every family has.
    var otherClasses: [String: Architecture.Task] = [:]
    let configuration: ConfigurationKeys
    let parameters: ParameterTemplate
    /// What stands between a classifier's two linear layers.
    package let poolerActivation: PoolerActivation
    /// The function of a masked LM's transform where it is the same whatever `config.json` says; nil for that of the
    /// feed-forward layers.
    var transformActivation: Architecture.Activation?
    package let dropout: DropoutPlan
    let tokenizer: TokenizerClass
    /// Whether it can be trained here.
    var isTrained = true
    /// What else `config.json` decides; BERT's plan where it decides nothing.
    var encoder: @Sendable (ConfigurationFile, EncoderPlan.Sizes) throws(FileError) -> EncoderPlan = { _, _ in
        EncoderPlan()
    }
}

extension ModelPlan {
    /// Under which keys `config.json` has the sizes, and what they are where it leaves them out.
    struct ConfigurationKeys: Sendable {
        /// A size under the first of its keys that is there.
        struct Size: Sendable {
            let keys: [ConfigurationKey]
            let standard: Int

            init(_ keys: ConfigurationKey..., standard: Int) {
                self.keys = keys
                self.standard = standard
            }
        }

        var vocabularySize = Size("vocab_size", standard: 30522)
        var positions = Size("max_position_embeddings", standard: 512)
        /// Nil where embeddings are as wide as the blocks, whatever the file says.
        var embeddingWidth: Size?
        var width = Size("hidden_size", standard: 768)
        var layers = Size("num_hidden_layers", standard: 12)
        var heads = Size("num_attention_heads", standard: 12)
        var feedForwardWidth = Size("intermediate_size", standard: 3072)
        /// How many groups of layers have a block of their own; nil where each layer has.
        var layerGroups: Size?
        /// Nil where there are no token types.
        var typeVocabularySize: Size?
        /// Nil where it is `standardEpsilon` whatever the file says.
        var layerNormEpsilon: ConfigurationKey?
        var standardEpsilon: Float = 1e-12
        /// Rows of the table of the relative bias on attention's scores; nil where there is none.
        var relativeBuckets: Size?
        /// Where positions are numbered behind the padding token, its id: the first token has the row behind that one.
        /// Padding has the row of its id, and does not count. Nil: positions begin with row 0.
        var paddingID: Size?
        /// Numbers that must be as they are here, since nothing else is known.
        var fixed: [ConfigurationKey: Int] = [:]
        let activation: ConfigurationKey
        var standardActivation = Architecture.Activation.gelu

        var sizes: [Size] {
            [vocabularySize, positions, width, layers, heads, feedForwardWidth]
                + [embeddingWidth, layerGroups, typeVocabularySize, relativeBuckets, paddingID].compactMap(\.self)
        }
    }

    /// What is dropped in training: the keys of the rates, and where `transformers` drops.
    package struct DropoutPlan: Sendable {
        /// A rate under its key; where that is not there, `standard`, or if this is nil, the rate of hidden states.
        package struct Rate: Sendable {
            package let key: String
            package let standard: Float?
        }

        package let hidden: Rate
        package let attention: Rate
        package let classifier: Rate
        /// Whether attention's output loses elements, as the feed-forward's does.
        package let dropsAttentionOutput: Bool
        /// Whether the feed-forward's output does.
        package var dropsFeedForward = true
        /// Whether a classifier's first layer loses elements of what it reads, too.
        package var dropsPoolerInput = false
    }

    /// The class in `transformers` that saves such a model.
    func className(_ task: Architecture.Task) -> String {
        switch task {
        case .sequenceClassification: classPrefix + "ForSequenceClassification"
        case .maskedLM: classPrefix + "ForMaskedLM"
        case .bare: classPrefix + "Model"
        }
    }

    /// The names of its classes, and what each was saved for.
    var classes: [String: Architecture.Task] {
        let own = [Architecture.Task.sequenceClassification, .maskedLM, .bare].map { (className($0), $0) }
        return otherClasses.merging(own) { $1 }
    }

    /// The family of this `model_type`; nil for one that is not known.
    static func named(_ modelType: String?) -> ModelPlan? { all.first { $0.modelType == modelType } }

    /// The classes of all families that were saved for a task, for messages.
    static func classNames(_ task: Architecture.Task) -> String {
        all.map { $0.className(task) }.joined(separator: " or ")
    }
}

extension ModelPlan: Equatable {
    package static func == (one: ModelPlan, other: ModelPlan) -> Bool { one.modelType == other.modelType }
}
