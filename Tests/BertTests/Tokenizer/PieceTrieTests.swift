// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Bert

@Suite struct PieceTrieTests {
    private func trie(_ pieces: [[UInt8]]) throws -> PieceTrie {
        var list = PieceList()
        for piece in pieces { list.append(piece) }
        return try PieceTrie(pieces: list, values: pieces.indices.map(Int32.init))
    }

    @Test("Every piece is found, and nothing else", arguments: [2, 4, 256])
    func random(alphabet: Int) throws {
        var random = SystemRandomNumberGenerator()
        var pieces: Set<[UInt8]> = []
        for _ in 0..<1500 {
            let length = Int.random(in: 1...9, using: &random)
            pieces.insert((0..<length).map { _ in UInt8(Int.random(in: 0..<alphabet, using: &random)) })
        }
        let list = Array(pieces)
        let trie = try trie(list)
        for (index, piece) in list.enumerated() { #expect(trie.value(of: piece) == Int32(index)) }
        for _ in 0..<1500 {
            let length = Int.random(in: 0...9, using: &random)
            let piece = (0..<length).map { _ in UInt8(Int.random(in: 0..<256, using: &random)) }
            #expect((trie.value(of: piece) != nil) == pieces.contains(piece))
        }
    }

    @Test("A node may have a child for every byte")
    func fullNode() throws {
        let pieces = (0...255).map { [UInt8($0)] } + (0...255).map { [7, UInt8($0)] }
        let trie = try trie(pieces)
        for (index, piece) in pieces.enumerated() { #expect(trie.value(of: piece) == Int32(index)) }
        #expect(trie.value(of: [8, 8]) == nil)
    }

    @Test("Without pieces nothing is found")
    func empty() throws {
        let trie = try trie([])
        #expect(trie.value(of: []) == nil)
        #expect(trie.value(of: [0]) == nil)
    }

    @Test("Two equal pieces are refused, with their indices")
    func repeated() throws {
        let error = #expect(throws: PieceTrie.Repeat.self) { try trie([[1, 2], [3], [1, 2]]) }
        #expect(Set([error?.first, error?.second]) == [0, 2])
    }

    @Test("Pieces sort by their bytes, also beyond the first eight")
    func order() {
        let pieces: [[UInt8]] = [
            Array(repeating: 9, count: 8) + [2], [], Array(repeating: 9, count: 8), [9], Array(repeating: 9, count: 9),
            [9, 0],
            [255], Array(repeating: 9, count: 8) + [1, 1],
        ]
        var list = PieceList()
        for piece in pieces { list.append(piece) }
        #expect(list.sortedIndices().map { pieces[$0] } == pieces.sorted { $0.lexicographicallyPrecedes($1) })
    }
}
