// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Bert

@Suite struct TokenizerTests {
    private struct Golden: Decodable {
        let text: String
        let ids: [Int32]
    }

    private func golden() throws -> [Golden] {
        let lines = try Data(contentsOf: URL(fileURLWithPath: "\(Fixtures.folder)/tokens.jsonl")).split(separator: 0x0A)
        return try lines.map { try JSONDecoder().decode(Golden.self, from: Data($0)) }
    }

    @Test("The ids of 817 texts are those of transformers, cut at 128")
    func golden128() throws {
        let tokenizer = try Fixtures.uncased.get()
        let texts = try golden()
        #expect(texts.count == 817)
        for golden in texts {
            let ids = [tokenizer.clsID] + tokenizer.encode(golden.text, limit: 126) + [tokenizer.sepID]
            #expect(ids == golden.ids, "\(golden.text.debugDescription)")
        }
    }
}
