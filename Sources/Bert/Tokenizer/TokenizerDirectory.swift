// SPDX-License-Identifier: Apache-2.0
internal import Files

/// Reads the files of a Hugging Face directory and lets them overrule one another as transformers 5 does:
///
/// - With a class of a family's own (`BertTokenizer`, or none given), `tokenizer.json` or else `vocab.txt`, `vocab.json` with
///   `merges.txt`, or a SentencePiece model, gives the vocabulary, and `tokenizer_config.json` all else: the normaliser,
///   BERT's in lowercase unless it says otherwise, and the special tokens, of which the class knows the usual ones.
///   `tokenizer.json` has no say in these, though all its parts must be known.
/// - With the class `PreTrainedTokenizerFast` or `TokenizersBackend`, `tokenizer.json` decides it all.
/// - Added tokens are those of `tokenizer_config.json` if it lists any, else of `tokenizer.json` and `added_tokens.json`.
///   `special_tokens_map.json` comes before the names in `tokenizer_config.json` unless the latter lists added tokens.
///
/// One thing is stricter: a special token that is in no vocabulary gets no id behind it, for which a model would have no
/// embedding.
enum TokenizerDirectory {
    /// Who decides.
    private struct Authority {
        /// Gives the names of special tokens that the files leave out.
        let known: TokenizerClass
        /// Whether `tokenizer.json` decides all else.
        let isFile: Bool
    }

    static func read(_ directory: String) throws(FileError) -> TokenizerDescription {
        let configPath = "\(directory)/tokenizer_config.json"
        let config = try decode(TokenizerConfig.self, configPath) ?? TokenizerConfig()
        var names = config.names
        var listed: [TokenEntry]?
        if let entries = config.addedTokens {
            var tokens: [TokenEntry] = []
            for (id, entry) in entries {
                guard let id = Int(id) else {
                    throw FileError(
                        .invalid,
                        path: configPath,
                        "added_tokens_decoder: \"\(id.clippedForMessage)\" is not an id"
                    )
                }
                var token = entry
                token.id = id
                tokens.append(token)
            }
            listed = tokens
        } else if let map = try decode(SpecialTokenNames.self, "\(directory)/special_tokens_map.json") {
            names = map.falling(backOn: names)
        }

        let authority = try authority(config.tokenizerClass, directory, configPath)
        let json = try TokenizerJSON.read(directory)
        if json == nil, authority.isFile {
            throw FileError(
                .missing,
                path: "\(directory)/tokenizer.json",
                "is needed by the tokenizer_class in \(configPath)"
            )
        }
        let file = if let json { json.file } else { try authority.known.builds.vocabulary(in: directory) }

        if listed == nil {
            let more = try decode([String: Int].self, "\(directory)/added_tokens.json") ?? [:]
            let isSpecial = Set(names.all.map(\.content))
            listed = more.map { content, id in
                var token = TokenEntry(content)
                token.id = id
                token.special = isSpecial.contains(content)
                return token
            }
            listed = overruled(listed ?? [], by: json?.added ?? file.added)
        } else if authority.isFile {
            listed = overruled(json?.added ?? [], by: listed ?? [])
        }

        let modelMaxLength = try config.modelMaxLength(in: configPath)
        var builder = try DescriptionBuilder(file, listed: listed ?? [])
        var description = try builder.build(config, names, authority.known, json: authority.isFile ? json : nil)
        description.modelMaxLength = modelMaxLength
        description.truncation = (config.truncationSide ?? json?.truncationSide ?? .right).truncation
        return description
    }

    private static func decode<Content: Decodable>(_ type: Content.Type, _ path: String) throws(FileError) -> Content? {
        guard let bytes = try TokenizerFile.read(path) else { return nil }
        return try TokenizerFile.decode(type, from: bytes, path: path)
    }

    private static func authority(_ name: String?, _ directory: String, _ path: String) throws(FileError) -> Authority {
        struct ModelConfig: Decodable {
            let tokenizer_class: String?
            let model_type: String?
        }
        let classes = ModelPlan.all.map(\.tokenizer)
        if let known = classes.first(where: { $0.names.contains(name ?? "") }) {
            return Authority(known: known, isFile: false)
        }
        let model = try decode(ModelConfig.self, "\(directory)/config.json")
        let ofModel = ModelPlan.named(model?.model_type)?.tokenizer ?? .bert
        guard let name = name ?? model?.tokenizer_class else {
            // A family without a class of its own leaves all to the file.
            return Authority(known: ofModel, isFile: ofModel.names.isEmpty)
        }
        if ["PreTrainedTokenizerFast", "TokenizersBackend"].contains(name) {
            return Authority(known: ofModel, isFile: true)
        }
        guard let known = classes.first(where: { $0.names.contains(name) }) else {
            let names = classes.flatMap { $0.names.sorted() }.joined(separator: ", ")
            throw FileError(
                .unsupported,
                path: path,
                "tokenizer_class \"\(name.clippedForMessage)\" is not known; known are \(names), PreTrainedTokenizerFast "
                    + "and TokenizersBackend"
            )
        }
        return Authority(known: known, isFile: false)
    }

    /// The first entries, with those of the second in place of those of the same content, and in addition.
    private static func overruled(_ first: [TokenEntry], by second: [TokenEntry]) -> [TokenEntry] {
        // By bytes: Swift's strings would take canonically equivalent tokens for one.
        let contents = Set(second.map { Array($0.content.utf8) })
        return first.filter { !contents.contains(Array($0.content.utf8)) } + second
    }
}

extension TokenizerConfig {
    /// The longest text in tokens; nil for no limit, for which 1e30 and the like stand.
    func modelMaxLength(in path: String) throws(FileError) -> Int? {
        guard let length = modelMaxLength, length <= 1e9 else { return nil }
        guard let tokens = Int(exactly: length), tokens >= Encoding.leastTokens else {
            let found = Int(exactly: length).map(String.init) ?? "\(length)"
            let reason = "is \(found); expected at least \(Encoding.leastTokens), a whole number"
            throw FileError(.invalid, path: path, "\(modelMaxLengthKey) \(reason)")
        }
        return tokens
    }
}

extension SpecialTokenNames {
    /// All names that are given.
    var all: [TokenEntry] { [bos, eos, unk, sep, pad, cls, mask].compactMap { $0 } + extra }
}
