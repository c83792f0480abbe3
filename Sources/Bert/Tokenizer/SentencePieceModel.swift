// SPDX-License-Identifier: Apache-2.0
internal import Files

/// A SentencePiece model, `sentencepiece.bpe.model` or `spiece.model`: the few fields that matter of its `ModelProto`.
///
/// Fields that are not known are passed over.
struct SentencePieceModel: Sendable {
    private(set) var pieces = PieceList()
    private(set) var scores: [Double] = []
    /// The normaliser's map; empty if there is none.
    private(set) var characterMap: [UInt8] = []
    /// Which pieces are to be found in a text before anything else.
    private(set) var userDefined: [Int] = []
    /// How the pieces were trained; 1 stands for unigram, and is what the format takes where nothing is said.
    private var algorithm: UInt64 = 1

    init(_ bytes: [UInt8], path: String) throws(FileError) {
        do throws(ProtobufFields.Broken) {
            var fields = ProtobufFields(bytes[...])
            while let (number, value) = try fields.next() {
                switch (number, value) {
                case (1, .bytes(let piece)): try append(piece)
                case (2, .bytes(let trainer)):
                    var fields = ProtobufFields(trainer)
                    while let (number, value) = try fields.next() {
                        if number == 3, case .number(let type) = value { algorithm = type }
                    }
                case (3, .bytes(let normaliser)):
                    var fields = ProtobufFields(normaliser)
                    while let (number, value) = try fields.next() {
                        if number == 2, case .bytes(let map) = value { characterMap = Array(map) }
                    }
                default: break
                }
            }
        } catch {
            throw FileError(.invalid, path: path, "is not a SentencePiece model that can be read: \(error.reason)")
        }
        for index in 0..<pieces.count { try VocabularyLimits.check(pieces[index], number: index, path) }
        guard algorithm == 1 else {
            throw FileError(.unsupported, path: path, "is a SentencePiece model of another type than unigram")
        }
        guard pieces.count > 0 else {
            throw FileError(.invalid, path: path, "is not a SentencePiece model: it has no pieces")
        }
    }

    init(file: MappedFile) throws(FileError) {
        guard file.count <= TokenizerFile.maxBytes else {
            throw file.error(.invalid, "has \(file.count) bytes; the limit is \(TokenizerFile.maxBytes)")
        }
        try self.init(file.withBytes(in: 0..<file.count) { Array($0) }, path: file.path)
    }

    private mutating func append(_ message: ArraySlice<UInt8>) throws(ProtobufFields.Broken) {
        var fields = ProtobufFields(message)
        var piece: ArraySlice<UInt8> = []
        var score: Float = 0
        while let (number, value) = try fields.next() {
            switch (number, value) {
            case (1, .bytes(let bytes)): piece = bytes
            case (2, .fixed32(let bits)): score = Float(bitPattern: bits)
            case (3, .number(4)): userDefined.append(pieces.count)
            default: break
            }
        }
        guard String(validating: piece, as: UTF8.self) != nil else {
            throw ProtobufFields.Broken("piece \(pieces.count) is not UTF-8")
        }
        guard score.isFinite else { throw ProtobufFields.Broken("the score of piece \(pieces.count) is \(score)") }
        pieces.append(piece)
        scores.append(Double(score))
    }
}
