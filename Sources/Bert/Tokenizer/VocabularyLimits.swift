// SPDX-License-Identifier: Apache-2.0
internal import Files

/// What no real vocabulary passes, so that a broken file cannot take all memory.
enum VocabularyLimits {
    /// Four times the largest WordPiece vocabulary in use (LaBSE: 501,153).
    static let maxPieces = 1 << 21
    /// Ten times what a word of a hundred ASCII letters takes.
    static let maxPieceBytes = 1024

    static func check(_ piece: some Collection<UInt8>, number: Int, _ path: String) throws(FileError) {
        guard number < maxPieces else {
            throw FileError(.invalid, path: path, "has more than \(maxPieces) pieces")
        }
        guard piece.count <= maxPieceBytes else {
            throw FileError(
                .invalid,
                path: path,
                "piece \(number) has \(piece.count) bytes; the limit is \(maxPieceBytes)"
            )
        }
    }
}
