// SPDX-License-Identifier: Apache-2.0
public import Files

/// What a model directory's `config.json` says of the model: its family, its task and its sizes.
///
/// Legend, here and in the whole target: `C` width, `E` width of the embeddings, `L` layers, `H` heads, `D` = C/H,
/// `F` feed-forward width, `K` labels.
public struct Architecture: Sendable, Equatable {
    /// What stands on the encoder.
    public enum Task: Sendable {
        /// A score for each label of the text.
        case sequenceClassification
        /// A score for each vocabulary entry at each position.
        case maskedLM
        /// Nothing: hidden states alone.
        case bare
    }

    /// How labels exclude each other; raw values as in `config.json`.
    public enum ProblemType: String, Sendable {
        /// The outputs are numbers, not scores of labels.
        case regression
        /// Each text has exactly one label: softmax.
        case singleLabel = "single_label_classification"
        /// Each text has any number of labels: a sigmoid each.
        case multiLabel = "multi_label_classification"
    }

    /// The family.
    package let plan: ModelPlan
    /// What the model was saved for.
    public package(set) var task: Task
    /// Number of vocabulary entries, the rows of the word embeddings.
    public let vocabularySize: Int
    /// `C`, the length of a hidden state.
    public let width: Int
    /// `E`, the width of the embeddings; `C` in most families.
    package let embeddingWidth: Int
    /// `L`, the number of encoder layers.
    public package(set) var layers: Int
    /// How many groups of layers share a block each; nil where each layer has its own.
    package let layerGroups: Int?
    /// `H`, the number of attention heads; divides `width`.
    public let heads: Int
    /// `F`, the width between the two feed-forward matrices.
    public let feedForwardWidth: Int
    /// Most tokens that a text may have, special tokens included.
    public let positions: Int
    /// Rows of the position embeddings, of which the first ones may be no token's.
    package let positionRows: Int
    /// The id of padding in families whose positions are numbered behind it; see `ModelPlan`.
    package let paddingID: Int32?
    /// Rows of the table of the relative bias on attention's scores; nil in families that have none.
    package let relativeBuckets: Int?
    /// Number of token types (segments); nil in families that have none.
    public let typeVocabularySize: Int?
    /// What else its `config.json` has decided.
    let encoder: EncoderPlan
    /// Added to the variance in each layer norm.
    public let layerNormEpsilon: Float
    /// The feed-forward layers' function.
    public package(set) var activation: Activation
    /// `K` names, in the order of the scores.
    public package(set) var labels: [String]
    /// How to read the scores; nil where the configuration leaves it to the number of labels.
    public package(set) var problemType: ProblemType?
    /// The classifier on an earlier layer; nil where there is none.
    public package(set) var earlyExit: EarlyExit?
    /// Whether the masked LM's output matrix is the word embeddings.
    public package(set) var tiesWordEmbeddings: Bool

    /// The function of a masked LM's transform.
    package var transformActivation: Activation { plan.transformActivation ?? activation }

    /// What `config.json` calls the family, under `model_type`.
    public var modelType: String { plan.modelType }

    /// The class in `transformers` that saves such a model.
    public var className: String { plan.className(task) }

    /// The same without a head where a checkpoint of these tensors is a bare encoder, as sentence encoders are saved
    /// whatever `config.json` says of the model that they began as.
    func found(in tensors: [String]) -> Architecture {
        let parts = [plan.parameters.prefix] + plan.parameters.heads.marks
        var found = self
        if !tensors.contains(where: { tensor in parts.contains { tensor.hasPrefix($0) } }) { found.task = .bare }
        return found
    }

    /// Whether this program trains models of the family.
    package var isTrained: Bool { plan.isTrained }

    /// Whether a linear layer makes hidden states of the embeddings.
    package var projectsEmbeddings: Bool {
        plan.configuration.embeddingWidth != nil && (plan.parameters.projectsAlways || embeddingWidth != width)
    }

    /// How many different blocks the layers are made of.
    package var blocks: Int { layerGroups ?? layers }

    /// The block that a layer is made of: where groups share them, by the numbers that `transformers` divides, in the same
    /// floating point.
    package func block(ofLayer layer: Int) -> Int {
        layerGroups.map { Int(Double(layer) / (Double(layers) / Double($0))) } ?? layer
    }

    /// `D`, the width of one head.
    public var headWidth: Int { width / heads }

    /// Most parameters that are accepted: four times 2³⁰ (16 GiB as f32), twelve times BERT-large.
    static let maxParameters = 4 << 30
    /// Greatest width of what a linear layer reads: the sums of its bytes must fit into 32 bits, see ckernels.h.
    private static let maxDepth = 1 << 16

    /// Most numbers of the hidden states of one text that are accepted where positions have no rows in the weights.
    private static let maxStates = 1 << 25

    /// Reads `config.json` in `directory`.
    ///
    /// Keys that are absent have the values that `transformers` gives them.
    /// - Throws: `FileError` with the key where a value is broken (`.invalid`), or asks for something that this program
    ///   does not do (`.unsupported`).
    public init(directory: String) throws(FileError) {
        try self.init(file: MappedFile("\(directory)/config.json"))
    }

    /// The `max_position_embeddings` of a directory that may hold a tokenizer alone, or a model of another family; nil
    /// where no `config.json` gives a limit.
    public static func positions(directory: String) throws(FileError) -> Int? {
        let path = "\(directory)/config.json"
        guard MappedFile.exists(path) else { return nil }
        let config = try ConfigurationFile(MappedFile(path))
        let plan = config.namesModel ? config.plan ?? .bert : nil
        guard plan != nil || config.states(ModelPlan.bert.configuration.positions) else { return nil }
        let paddingID = try paddingID(config, plan ?? .bert)
        return try positionRows(config, plan ?? .bert, paddingID) - PositionRows(paddingID: paddingID).first
    }

    private static func positionRows(
        _ config: ConfigurationFile,
        _ plan: ModelPlan,
        _ paddingID: Int32?
    ) throws(FileError) -> Int {
        let least = Encoding.leastTokens + PositionRows(paddingID: paddingID).first
        return try config.size(plan.configuration.positions, atLeast: least, atMost: 1 << 20)
    }

    private static func paddingID(_ config: ConfigurationFile, _ plan: ModelPlan) throws(FileError) -> Int32? {
        guard let place = plan.configuration.paddingID else { return nil }
        return Int32(try config.size(place, atLeast: 0, atMost: 1 << 20))
    }

    init(file: MappedFile) throws(FileError) {
        let config = try ConfigurationFile(file)
        let (plan, task) = try config.planAndTask()
        try config.refuseUnknownParts(of: plan)
        let keys = plan.configuration
        self.plan = plan
        self.task = task
        vocabularySize = try config.size(keys.vocabularySize, atMost: 1 << 24)
        let paddingID = try Self.paddingID(config, plan)
        self.paddingID = paddingID
        positionRows = try Self.positionRows(config, plan, paddingID)
        positions = positionRows - PositionRows(paddingID: paddingID).first
        relativeBuckets = try keys.relativeBuckets.map { (buckets) throws(FileError) in
            try config.size(buckets, atLeast: RelativeBias.buckets, atMost: 1 << 10)
        }
        width = try config.size(keys.width, atMost: Self.maxDepth)
        embeddingWidth =
            try keys.embeddingWidth.map { (size) throws(FileError) in
                try config.size(size, atMost: Self.maxDepth)
            } ?? width
        layers = try config.size(keys.layers, atMost: 1 << 10)
        let most = layers
        layerGroups = try keys.layerGroups.map { (groups) throws(FileError) in try config.size(groups, atMost: most) }
        heads = try config.size(keys.heads, atMost: 1 << 10)
        feedForwardWidth = try config.size(keys.feedForwardWidth, atMost: Self.maxDepth)
        // A family that may have none is one whose standard is none.
        let types = try keys.typeVocabularySize.map { (types) throws(FileError) in
            try config.size(types, atLeast: min(types.standard, 1), atMost: 1 << 10)
        }
        typeVocabularySize = types == 0 ? nil : types
        layerNormEpsilon = try config.layerNormEpsilon(keys.layerNormEpsilon, standard: keys.standardEpsilon)
        activation = try config.choice(keys.activation, kind: .unsupported) ?? keys.standardActivation
        labels = try config.labels()
        problemType = try config.choice(.problemType, kind: .invalid)
        earlyExit = task == .sequenceClassification ? try config.earlyExit(layers: layers) : nil
        tiesWordEmbeddings = config.flags[.tieWordEmbeddings] ?? true

        guard width.isMultiple(of: heads) else {
            throw file.error(.invalid, "a width of \(width) cannot be divided among \(heads) attention heads")
        }
        encoder = try plan.encoder(
            config,
            EncoderPlan.Sizes(task: task, width: width, heads: heads, layers: layers, positions: positions)
        )
        // Positions that have no rows take nothing in the weights, and what is computed grows with them.
        guard encoder.positions == .embeddings || positions * width <= Self.maxStates else {
            throw file.error(
                .unsupported,
                "\(positions) positions of a width of \(width) are more than \(Self.maxStates) numbers"
            )
        }
        guard problemType != .singleLabel || labels.count > 1 else {
            let reason = "is 'single_label_classification' for one label; a single output is a regression"
            throw config.error(.invalid, .problemType, reason)
        }
        guard earlyExit == nil || problemType ?? .singleLabel == .singleLabel && labels.count > 1 else {
            throw config.error(.unsupported, .earlyExitLayer, "is for two or more labels that exclude each other")
        }
        guard earlyExit == nil || !encoder.normsFirst && encoder.pooling == .first else {
            throw config.error(.unsupported, .earlyExitLayer, "is for families whose norms stand behind each part")
        }
        // Each factor is bounded above, so that no product here reaches 2⁵⁰.
        let embeddings = (vocabularySize + positionRows + (typeVocabularySize ?? 0) + width) * embeddingWidth
        let encoder = blocks * (4 * width + 2 * feedForwardWidth) * width
        guard embeddings + encoder + 2 * labels.count * width <= Self.maxParameters else {
            throw file.error(.unsupported, "the sizes make a model of more than \(Self.maxParameters) parameters")
        }
    }
}
