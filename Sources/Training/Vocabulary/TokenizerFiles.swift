// SPDX-License-Identifier: Apache-2.0
internal import Files
internal import Glibc
internal import JSON

/// The files of a model directory that list its vocabulary, in which pieces get other names; all else in them stays byte
/// for byte.
struct TokenizerFiles {
    private let directory: String
    /// `vocab.txt`, a piece a line; nil where there is none.
    private var lines: [[UInt8]]?
    /// `tokenizer.json`; nil where there is none.
    private var json: [UInt8]?

    init(directory: String) throws(FileError) {
        self.directory = directory
        let paths = ["\(directory)/vocab.txt", "\(directory)/tokenizer.json"]
        if Self.exists(paths[0]) {
            lines = try InputFile.bytes(paths[0]).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                .map(Array.init)
        }
        if Self.exists(paths[1]) { json = try InputFile.bytes(paths[1]) }
    }

    private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// What the files hold now, by their names.
    var contents: [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        contents["vocab.txt"] = lines.map { Array($0.joined(separator: [UInt8(ascii: "\n")])) }
        contents["tokenizer.json"] = json
        return contents
    }

    /// Gives the piece of an id another name.
    ///
    /// - Returns: false where the files say more of the piece than that it is there, and stay as they were.
    mutating func rename(_ piece: String, of id: Int32, to name: String) -> Bool {
        let quoted = JSONWriter.quoted(piece)
        var place: Range<Int>?
        if let json {
            guard let first = json.firstRange(of: quoted), json[first.upperBound...].firstRange(of: quoted) == nil
            else {
                return false
            }
            place = first
        }
        if let lines {
            guard lines.indices.contains(Int(id)), lines[Int(id)] == Array(piece.utf8) else { return false }
        }
        lines?[Int(id)] = Array(name.utf8)
        if let place { json?.replaceSubrange(place, with: JSONWriter.quoted(name)) }
        return true
    }
}
