// SPDX-License-Identifier: Apache-2.0

internal import Files
internal import FoundationEssentials

/// What normalises a text: BERT's normaliser, scalar by scalar, or the steps of a tokenizer from SentencePiece.
struct NormaliserPlan: Sendable {
    var options = Normaliser.Options()
    var steps: [StretchNormaliser.Step] = []

    /// What to call it in a message.
    var type: String { steps.first?.type ?? "BertNormalizer" }

    /// The map of the first step that has one.
    var characterMap: CharacterMap? {
        for case .map(let map) in steps { return map }
        return nil
    }
}

extension NormaliserPlan {
    /// That of a `tokenizer.json`.
    init(_ part: TokenizerPart?, _ path: String) throws(FileError) {
        let parts = part.map { $0.leaves(\.normalizers) } ?? []
        let isBERT = parts.contains { $0.type == "BertNormalizer" }
        guard !isBERT, parts.contains(where: { StretchNormaliser.Step.types.contains($0.type) }) else {
            self.init(options: try Normaliser.Options(part, path))
            return
        }
        var steps: [StretchNormaliser.Step] = []
        for part in parts { steps.append(try StretchNormaliser.Step(part, path)) }
        self.init(steps: steps)
    }
}

extension StretchNormaliser.Step {
    /// What `tokenizer.json` calls the steps that are known.
    fileprivate static let types: Set<String> = [
        "Precompiled", "Replace", "NFKD", "NFC", "Strip", "StripAccents", "Lowercase",
    ]

    fileprivate var type: String {
        switch self {
        case .map: "Precompiled"
        case .replace, .joinSpaces: "Replace"
        case .compose: "NFC"
        case .strip: "Strip"
        case .decompose: "NFKD"
        case .stripAccents: "StripAccents"
        case .lowercase: "Lowercase"
        }
    }

    /// One of `types`; of Replace, that of a text, of two spaces and more, or of whitespace.
    fileprivate init(_ part: TokenizerPart, _ path: String) throws(FileError) {
        switch part.type {
        case "Precompiled":
            guard let text = part.characterMap, let bytes = Data(base64Encoded: text) else {
                throw FileError(
                    .invalid,
                    path: path,
                    "normalizer: precompiled_charsmap is not there, or is not in Base64"
                )
            }
            self = .map(try CharacterMap(Array(bytes), path: path))
        case "Replace":
            let content = Array((part.content ?? "").utf8)
            guard content.count <= CharacterMap.maxReplacement else {
                let reason = "normalizer: the content of Replace has more than \(CharacterMap.maxReplacement) bytes"
                throw FileError(.invalid, path: path, reason)
            }
            if let text = part.pattern?.text, !text.isEmpty {
                self = .replace(Array(text.utf8), least: 1, with: content)
            } else if part.pattern?.expression == " {2,}" {
                self = .replace([0x20], least: 2, with: content)
            } else if part.pattern?.expression == #"\s{2,}|[\n\r\t]"#, content == [0x20] {
                self = .joinSpaces
            } else {
                let pattern = part.pattern?.expression ?? ""
                throw TokenizerPart.refusal("normalizer", "Replace of \(pattern)", path)
            }
        case "NFKD": self = .decompose
        case "NFC": self = .compose
        case "Strip": self = .strip(left: part.stripsLeft ?? true, right: part.stripsRight ?? true)
        case "StripAccents": self = .stripAccents
        case "Lowercase": self = .lowercase
        default: throw TokenizerPart.refusal("normalizer", part.type, path)
        }
    }
}
