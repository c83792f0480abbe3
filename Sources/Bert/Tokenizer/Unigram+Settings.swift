// SPDX-License-Identifier: Apache-2.0
internal import Files
internal import JSON

extension Unigram {
    /// What a file says of it: the scores of the pieces, in the order of their ids.
    struct Settings: SubwordModelSettings {
        static let type = "Unigram"
        static let normalises = true

        private(set) var scores: [Double] = []
        /// The unknown piece: what a `tokenizer.json` gives by its id.
        private(set) var unknown: String?
        private var unknownID: Int?
        private var fallsBackOnBytes = false

        private enum CodingKeys: String, CodingKey {
            case unknownID = "unk_id"
            case fallsBackOnBytes = "byte_fallback"
        }

        init(scores: [Double], unknown: String?) {
            self.scores = scores
            self.unknown = unknown
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            unknownID = try fields.decodePlacedIfPresent(Int.self, forKey: .unknownID)
            fallsBackOnBytes = try fields.decodeIfPresent(Bool.self, forKey: .fallsBackOnBytes) ?? false
        }

        func check(path: String) throws(FileError) {
            guard unknownID != nil else { throw FileError(.unsupported, path: path, "model.unk_id is not there") }
        }

        mutating func read(_ file: ModelJSON) throws(FileError) -> PieceList {
            guard let range = file.vocabulary, file.bytes[range.lowerBound] == UInt8(ascii: "[") else {
                let reason = "model.vocab is not there, or is not a list of pieces and scores"
                throw FileError(.invalid, path: file.path, reason)
            }
            let list = try ScoreList(json: Array(file.bytes[range]), path: file.path)
            scores = list.scores
            guard let id = unknownID, id >= 0, id < list.pieces.count else {
                let reason = "model.unk_id is \(unknownID ?? -1), and there are \(list.pieces.count) pieces"
                throw FileError(.invalid, path: file.path, reason)
            }
            unknown = String(decoding: list.pieces[id], as: UTF8.self)
            return list.pieces
        }

        func follows(_ preTokeniser: PreTokeniser) -> Bool {
            if case .metaspace = preTokeniser { true } else { false }
        }

        func follows(_ normaliser: NormaliserPlan) -> Bool { normaliser.options == Normaliser.Options() }

        func model(
            of vocabulary: Vocabulary,
            unknown: Int32,
            in stages: TokenizerStages,
            path: String
        ) throws(FileError) -> any SubwordModel {
            guard case .metaspace(let metaspace) = stages.preTokeniser else {
                throw TokenizerPart.refusal("pre_tokenizer", stages.preTokeniser.type, path)
            }
            return Unigram(
                vocabulary: vocabulary,
                scores: scores,
                unknown: unknown,
                fallsBackOnBytes: fallsBackOnBytes,
                normaliser: StretchNormaliser(steps: stages.normaliser.steps),
                metaspace: metaspace
            )
        }
    }
}
