// SPDX-License-Identifier: Apache-2.0
public import Files
internal import FoundationEssentials

extension Architecture {
    /// Refuses a tokenizer that knows tokens which the model has no embeddings for.
    package func check(_ tokenizer: Tokenizer, in directory: String) throws(FileError) {
        guard tokenizer.vocabulary.count <= vocabularySize else {
            throw FileError(
                .invalid,
                path: directory,
                "the tokenizer knows \(tokenizer.vocabulary.count) tokens, but config.json's vocab_size is "
                    + "\(vocabularySize): they are not of one model"
            )
        }
    }

    /// The error for a command that needs another kind of model than a directory holds.
    func lacks(_ part: String, needs task: Architecture.Task, in directory: String) -> FileError {
        FileError(
            .unsupported,
            path: directory,
            "holds \(className), which has no \(part); this needs \(ModelPlan.classNames(task))"
        )
    }
}

/// A model directory, loaded: immutable, and shared by every thread that encodes.
public final class Model: Sendable {
    /// Path of the directory.
    public let directory: String
    /// The directory's own name, which tags carry.
    public let name: String
    /// SHA-256 of the weights' file, in hexadecimal, which tells two models of one name apart.
    public let digest: String
    /// Shape and labels, from `config.json`.
    public let architecture: Architecture
    /// The tokenizer that the model was trained with.
    public let tokenizer: Tokenizer

    /// The kernels that its weights are packed for.
    public let kernels: Kernels
    /// The numbers that its blocks compute with.
    public let precision: Precision
    let embeddings: Embeddings
    let attentionBias: RelativeBias?
    let layers: Layers
    let head: Head
    let resultLabels: ResultLabels
    /// Where texts leave early; nil where each goes through all layers.
    let exit: Exit?
    /// How many layers there are to go through: those before the exit, where each text leaves there.
    package let depth: Int

    /// An early exit in use.
    struct Exit: Sendable {
        let layer: Int
        let confidence: Float
        let head: ClassifierHead
    }

    /// Loads a Hugging Face model directory and packs its weights for `kernels`.
    ///
    /// - Parameter labelMap: what results call the labels; nil for their own names. It must suit the model.
    public init(
        directory: String,
        kernels: Kernels,
        precision: Precision = .f32,
        exit rule: ExitRule = .off,
        labelMap: LabelMap? = nil
    ) throws(FileError) {
        let files = try ModelDirectory(directory)
        if let problem = labelMap?.problem(for: files.architecture) {
            throw FileError(.invalid, path: directory, "the map of labels does not suit it: \(problem)")
        }
        resultLabels = ResultLabels(files.architecture.labels, labelMap)
        let loader = ParameterLoader(weights: files.weights, architecture: files.architecture, kernels: kernels)
        self.directory = directory
        name = URL(filePath: directory).standardizedFileURL.lastPathComponent
        digest = try Digest.sha256(of: files.weights.files)
        architecture = files.architecture
        tokenizer = files.tokenizer
        self.kernels = kernels
        self.precision = precision
        embeddings = try loader.embeddings()
        attentionBias = try loader.attentionBias()
        let exit = try loader.exit(rule)
        if rule == .always, let exit {
            (depth, head, self.exit) = (exit.layer, .classifier(exit.head), nil)
        } else {
            (depth, head, self.exit) = (files.architecture.layers, try loader.head(), exit)
        }
        layers = try loader.layers(depth, precision)
    }

    /// Whether texts may leave at an early exit.
    public var leavesEarly: Bool { exit != nil || depth < architecture.layers }

    /// The longest text that the model takes, in tokens, [CLS] and [SEP] included.
    public var maxTokens: Int { tokenizer.maxTokens(positions: architecture.positions) }
}
