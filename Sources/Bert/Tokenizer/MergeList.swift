// SPDX-License-Identifier: Apache-2.0
internal import Files
internal import JSON

/// The merges of a byte-pair encoding as files list them: pairs of pieces, those that go first before the others.
struct MergeList: Sendable {
    private(set) var left = PieceList()
    private(set) var right = PieceList()

    var count: Int { left.count }

    private mutating func append(_ pair: [ArraySlice<UInt8>], _ path: String) throws(FileError) {
        guard pair.count == 2 else {
            throw FileError(.invalid, path: path, "merge \(count) is not a pair of pieces")
        }
        for piece in pair { try VocabularyLimits.check(piece, number: count, path) }
        left.append(pair[0])
        right.append(pair[1])
    }

    /// Lines of two pieces and a space; those that begin with `#version` do not count.
    private mutating func append(line: ArraySlice<UInt8>, _ path: String) throws(FileError) {
        if line.starts(with: "#version".utf8) { return }
        try append(line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false), path)
    }
}

extension MergeList {
    /// Reads a `merges.txt`, a merge on each line.
    init(text bytes: [UInt8], path: String) throws(FileError) {
        var start = 0
        while start < bytes.count {
            var line = bytes[start...].prefix { $0 != UInt8(ascii: "\n") }
            start = line.endIndex + 1
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            try append(line: line, path)
        }
    }

    /// Reads `model.merges` of a `tokenizer.json`: pairs of strings, or, as files had it before 2024, lines.
    init(json bytes: [UInt8], path: String) throws(FileError) {
        func reading<Value>(_ body: () throws(JSONFailure) -> Value) throws(FileError) -> Value {
            do throws(JSONFailure) { return try body() } catch {
                throw FileError(.invalid, path: path, "model.merges is \(error)")
            }
        }
        var reader = try reading { () throws(JSONFailure) in try JSONReader(bytes) }
        guard reader.enterArray() else { throw FileError(.invalid, path: path, "model.merges is not a list") }
        while try reading({ () throws(JSONFailure) in try reader.nextElement() }) {
            if let line = try reading({ () throws(JSONFailure) in try reader.string() }) {
                try append(line: reader.utf8(line) ?? [], path)
                continue
            }
            let pair = try reading { () throws(JSONFailure) in
                var pair: [ArraySlice<UInt8>] = []
                guard reader.enterArray() else { return pair }
                while try reader.nextElement() {
                    guard let piece = try reader.string().flatMap({ reader.utf8($0) }), pair.count < 2 else {
                        return []
                    }
                    pair.append(piece)
                }
                return pair
            }
            try append(pair, path)
        }
    }
}
