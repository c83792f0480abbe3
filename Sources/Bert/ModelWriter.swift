// SPDX-License-Identifier: Apache-2.0
package import Files
internal import Foundation

/// Writes a trained model as a Hugging Face directory: the configuration and the tokenizer of the directory that it
/// came from, with what has changed.
package struct ModelWriter {
    private let source: String
    private let replaced: [String: [UInt8]]
    private static let tokenizerFiles = [
        "vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model", "spiece.model", "spm.model",
        "tokenizer.json",
        "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    ]

    /// Creates a writer that takes everything but the weights from `source`.
    ///
    /// - Parameter replaced: what files of the tokenizer hold in place of what they hold in `source`, by their names.
    package init(source: String, replacing replaced: [String: [UInt8]] = [:]) {
        self.source = source
        self.replaced = replaced
    }

    /// Writes the model; each file is there whole or not at all, the weights come last.
    ///
    /// - Parameters:
    ///   - directory: made if it is not there; must not be the source.
    ///   - tensors: the parameters under their Hugging Face names.
    package func write(
        to directory: String,
        architecture: Architecture,
        tensors: [NamedTensor],
        precision: StoredPrecision = .f32
    ) throws(FileError) {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw FileError(.notWritable, path: directory, "cannot be made: \(error.localizedDescription)")
        }
        guard Self.resolved(source) != Self.resolved(directory) else {
            throw FileError(
                .notWritable,
                path: directory,
                "is the model that the new one is made from; name another directory"
            )
        }
        for name in Self.tokenizerFiles where MappedFile.exists("\(source)/\(name)") {
            let file = try MappedFile("\(source)/\(name)")
            let bytes = replaced[name] ?? file.withBytes(in: 0..<file.count) { Array($0) }
            try AtomicFile.write("\(directory)/\(name)") { (copy) throws(FileError) in try copy.append(bytes) }
        }
        let config = try configuration(of: architecture, precision)
        try AtomicFile.write("\(directory)/config.json") { (file) throws(FileError) in try file.append(config) }
        try Safetensors.write(tensors, precision: precision, to: "\(directory)/model.safetensors")
    }

    private static func resolved(_ path: String) -> String {
        URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }

    /// The source's `config.json` with what this model changes; keys that mean nothing here stay as they are.
    private func configuration(of architecture: Architecture, _ precision: StoredPrecision) throws(FileError)
        -> [UInt8]
    {
        let path = "\(source)/config.json"
        guard let data = FileManager.default.contents(atPath: path),
            var config = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { throw FileError(.invalid, path: path, "is not a JSON object") }
        config["architectures"] = [architecture.className]
        config["model_type"] = architecture.plan.modelType
        config[architecture.plan.configuration.layers.keys[0].stringValue] = architecture.layers
        config["torch_dtype"] = nil
        config["dtype"] = precision == .f32 ? "float32" : "float16"
        config["early_exit_layer"] = architecture.earlyExit?.layer
        // As a decimal: a Float's own digits, not those of the double next to it.
        config["early_exit_confidence"] = architecture.earlyExit.map { NSDecimalNumber(string: "\($0.confidence)") }
        if architecture.task == .maskedLM { config["tie_word_embeddings"] = true }
        if architecture.task == .sequenceClassification {
            let labels = architecture.labels
            config["num_labels"] = nil
            config["id2label"] = Dictionary(uniqueKeysWithValues: labels.enumerated().map { (String($0), $1) })
            config["label2id"] = Dictionary(labels.enumerated().map { ($1, $0) }) { first, _ in first }
            config["problem_type"] = architecture.problemType?.rawValue
        }
        guard
            let json = try? JSONSerialization.data(
                withJSONObject: config,
                options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            )
        else { throw FileError(.invalid, path: path, "holds what cannot be written as JSON again") }
        return Array(json) + [UInt8(ascii: "\n")]
    }
}
