// SPDX-License-Identifier: Apache-2.0
internal import Files

/// Gives each added token its id and each part its token, and finds out what does not fit together.
struct DescriptionBuilder {
    private let file: VocabularyFile
    private var path: String { file.path }
    private var vocabulary: Vocabulary
    private var added: [AddedToken] = []

    /// - Parameter listed: added tokens; those that are no pieces must have the ids behind the pieces' without a gap.
    init(_ file: VocabularyFile, listed: [TokenEntry]) throws(FileError) {
        self.file = file
        let (path, pieces) = (file.path, file.pieces)
        guard pieces.count > 0 else { throw FileError(.invalid, path: path, "the vocabulary is empty") }
        let listed = listed.filter { !$0.content.isEmpty }.sorted { $0.id ?? .max < $1.id ?? .max }
        guard listed.count <= VocabularyLimits.maxPieces - pieces.count else {
            throw FileError(.invalid, path: path, "has more than \(VocabularyLimits.maxPieces) tokens")
        }
        do {
            vocabulary = try Vocabulary(pieces: pieces)
        } catch {
            let piece = String(decoding: pieces[error.first], as: UTF8.self)
            throw FileError(
                .invalid,
                path: path,
                "\"\(piece.clippedForMessage)\" is there twice, with ids \(error.first) and \(error.second)"
            )
        }
        for entry in listed {
            let piece = vocabulary.pieces.value(of: entry.content.utf8)
            let id = piece ?? Int32(vocabulary.count)
            guard entry.id ?? Int(id) == Int(id) else {
                throw FileError(
                    .invalid,
                    path: path,
                    "the added token \"\(entry.content.clippedForMessage)\" is listed with id \(entry.id ?? -1), but should have \(id)"
                )
            }
            guard entry.content.utf8.count <= VocabularyLimits.maxPieceBytes else {
                throw FileError(.invalid, path: path, "the added token with id \(id) is too long")
            }
            if piece == nil { vocabulary.append(entry.content) }
            added.append(entry.added(id: id, special: false))
        }
    }

    /// - Parameters:
    ///   - names: the special tokens that the files name.
    ///   - known: the class, which names the others.
    ///   - json: the file that decides all, or nil if the config does.
    mutating func build(
        _ config: TokenizerConfig,
        _ names: SpecialTokenNames,
        _ known: TokenizerClass,
        json: TokenizerJSON?
    ) throws(FileError) -> TokenizerDescription {
        var standard = known.special
        if file.marksSpecial { standard.extra = [] }
        let named = names.falling(backOn: standard)
        try makeSpecial(json == nil ? named : names, required: Set(names.extra.map(\.content)))
        if json == nil { try known.check(file) }
        let stages =
            if let json { try json.stages(of: vocabulary) } else {
                try known.stages(
                    config,
                    file,
                    unknown: named.unk?.content,
                    frame: (try id(named.cls), try id(named.sep))
                )
            }
        let (steps, normalises) = (stages.normaliser.steps, type(of: stages.model).normalises)
        if !steps.isEmpty, normalises, let token = added.first(where: \.normalised) {
            let reason = "the added token \"\(token.content.clippedForMessage)\" is normalized; with these normalizers"
            throw FileError(.unsupported, path: path, reason + " only tokens that are not are known")
        }
        let unknown = stages.model.unknown ?? named.unk?.content ?? ""
        guard let unk = vocabulary.pieces.value(of: unknown.utf8) else { throw missing(unknown) }
        var decoding = stages.decoding
        decoding.cleansText = config.cleansUpSpaces ?? false
        return TokenizerDescription(
            path: path,
            vocabulary: vocabulary,
            normaliser: stages.normaliser.options,
            stretches: steps.isEmpty || normalises ? nil : StretchNormaliser(steps: steps),
            model: try stages.model.model(
                of: vocabulary,
                unknown: unk,
                in: stages,
                path: path
            ),
            added: added,
            splitsSpecialTokens: config.splitsSpecialTokens ?? false,
            decoding: decoding,
            postProcessor: stages.postProcessor,
            unk: unk,
            mask: named.mask.flatMap { vocabulary.id(of: $0.content) },
            pad: named.pad.flatMap { vocabulary.id(of: $0.content) }
        )
    }

    /// Special tokens are added tokens, too, and special whatever the list of those says.
    private mutating func makeSpecial(_ names: SpecialTokenNames, required: Set<String>) throws(FileError) {
        var places: [Int32: Int] = [:]
        for (place, token) in added.enumerated() { places[token.id] = place }
        for entry in names.all where !entry.content.isEmpty {
            if let id = vocabulary.id(of: entry.content), let place = places[id] {
                added[place].special = true
            } else if let id = vocabulary.id(of: entry.content) {
                places[id] = added.count
                added.append(entry.added(id: id, special: true))
            } else if required.contains(entry.content) {
                throw missing(entry.content)
            }
        }
    }

    private func id(_ entry: TokenEntry?) throws(FileError) -> Int32 {
        let content = entry?.content ?? ""
        guard let id = vocabulary.id(of: content) else { throw missing(content) }
        return id
    }

    private func missing(_ token: String) -> FileError {
        FileError(.invalid, path: path, "the vocabulary lacks the special token \"\(token.clippedForMessage)\"")
    }
}
