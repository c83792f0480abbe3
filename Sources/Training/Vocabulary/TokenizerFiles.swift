// SPDX-License-Identifier: Apache-2.0
internal import Files
internal import Glibc
internal import JSON

/// The files of a model directory that list its vocabulary, in which pieces get other names; all else in them stays byte
/// for byte.
struct TokenizerFiles {
    /// `vocab.txt`, a piece a line; nil where there is none.
    private var lines: [[UInt8]]?
    /// `tokenizer.json`; nil where there is none.
    private let json: [UInt8]?
    /// Its strings, quotes included.
    private let strings: [Range<Int>]
    /// How often each of them is there.
    private let counts: [ArraySlice<UInt8>: Int]
    /// What strings of it become, quotes included.
    private var renamed: [ArraySlice<UInt8>: [UInt8]] = [:]

    init(directory: String) throws(FileError) {
        func bytes(_ name: String) throws(FileError) -> [UInt8]? {
            let path = "\(directory)/\(name)"
            return access(path, F_OK) == 0 ? try InputFile.bytes(path) : nil
        }
        lines = try bytes("vocab.txt")?.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map(Array.init)
        let json = try bytes("tokenizer.json")
        var counts: [ArraySlice<UInt8>: Int] = [:]
        do throws(JSONFailure) {
            strings = try json.map(JSONReader.strings) ?? []
        } catch {
            throw FileError(.invalid, path: "\(directory)/tokenizer.json", "is \(error)")
        }
        if let json {
            for range in strings { counts[json[range], default: 0] += 1 }
        }
        (self.json, self.counts) = (json, counts)
    }

    /// What the files hold now, by their names.
    var contents: [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        contents["vocab.txt"] = lines.map { Array($0.joined(separator: [UInt8(ascii: "\n")])) }
        contents["tokenizer.json"] = json.map { json in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(json.count)
            var end = 0
            for range in strings {
                guard let name = renamed[json[range]] else { continue }
                bytes += json[end..<range.lowerBound] + name
                end = range.upperBound
            }
            return bytes + json[end...]
        }
        return contents
    }

    /// Gives the piece of an id another name.
    ///
    /// - Returns: false where the files say more of the piece than that it is there, and stay as they were.
    mutating func rename(_ piece: String, of id: Int32, to name: String) -> Bool {
        let quoted = JSONWriter.quoted(piece)
        guard json == nil || counts[quoted[...]] == 1 else { return false }
        if let lines {
            guard lines.indices.contains(Int(id)), lines[Int(id)] == Array(piece.utf8) else { return false }
        }
        lines?[Int(id)] = Array(name.utf8)
        renamed[quoted[...]] = JSONWriter.quoted(name)
        return true
    }
}
