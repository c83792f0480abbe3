// SPDX-License-Identifier: Apache-2.0
internal import Files

extension ByteLevelBPE {
    /// What a `tokenizer.json` says of it; `RobertaTokenizer` has the values here.
    struct Settings: SubwordModelSettings {
        static let type = "BPE"

        /// The file's `merges`, which are read apart from the rest.
        var merges = MergeList()
        var unknown: String?
        var fusesUnknown = false
        /// Whether a word that is a piece stays whole, whatever the merges say.
        var ignoresMerges = false
        /// Settings that have a value which asks for something else than byte-level BPE.
        private var others: [String] = []

        private enum CodingKeys: String, CodingKey {
            case dropout
            case unknown = "unk_token"
            case fusesUnknown = "fuse_unk"
            case ignoresMerges = "ignore_merges"
            case fallsBackOnBytes = "byte_fallback"
            case prefix = "continuing_subword_prefix"
            case suffix = "end_of_word_suffix"
        }

        init(merges: MergeList) { self.merges = merges }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            unknown = try fields.decodeIfPresent(String.self, forKey: .unknown)
            fusesUnknown = try fields.decodeIfPresent(Bool.self, forKey: .fusesUnknown) ?? false
            ignoresMerges = try fields.decodeIfPresent(Bool.self, forKey: .ignoresMerges) ?? false
            for key in [CodingKeys.prefix, .suffix]
            where try fields.decodeIfPresent(String.self, forKey: key)?.isEmpty == false { others.append(key.rawValue) }
            if try fields.decodeIfPresent(Bool.self, forKey: .fallsBackOnBytes) == true {
                others.append(CodingKeys.fallsBackOnBytes.rawValue)
            }
            if let dropout = try fields.decodeIfPresent(Double.self, forKey: .dropout), dropout != 0 {
                others.append(CodingKeys.dropout.rawValue)
            }
        }

        mutating func read(_ file: ModelJSON) throws(FileError) -> PieceList {
            guard let range = file.merges else {
                throw FileError(.invalid, path: file.path, "model.merges is not there")
            }
            merges = try MergeList(json: Array(file.bytes[range]), path: file.path)
            return try file.pieces()
        }

        func check(path: String) throws(FileError) {
            guard let other = others.first else { return }
            throw FileError(.unsupported, path: path, "model.\(other) is set; byte-level BPE without it is known")
        }

        func follows(_ preTokeniser: PreTokeniser) -> Bool {
            if case .byteLevel = preTokeniser { true } else { false }
        }

        func follows(_ normaliser: NormaliserPlan) -> Bool {
            normaliser.steps.allSatisfy { if case .compose = $0 { true } else { false } }
        }

        func model(
            of vocabulary: Vocabulary,
            unknown id: Int32,
            in stages: TokenizerStages,
            path: String
        ) throws(FileError) -> any SubwordModel {
            try ByteLevelBPE(
                vocabulary: vocabulary,
                settings: self,
                unknown: unknown == nil ? nil : id,
                addsPrefixSpace: stages.preTokeniser == .byteLevel(addsPrefixSpace: true),
                path: path
            )
        }
    }
}
