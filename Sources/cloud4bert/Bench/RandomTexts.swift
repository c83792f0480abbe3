// SPDX-License-Identifier: Apache-2.0
import Bert
import Training

/// Texts of words that are in a vocabulary, in no order that makes sense: as many as wanted, each of as many tokens.
struct RandomTexts {
    private let model: Model
    private let words: [Int32]

    init(model: Model) {
        self.model = model
        let vocabulary = model.tokenizer.vocabulary
        // Whole words of letters are one token each, and stay what they are in a text.
        words = (0..<Int32(vocabulary.count)).filter { id in
            let word = vocabulary.token(of: id).utf8
            return word.count > 1 && word.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        }
    }

    /// Token ids, `[CLS]` and `[SEP]` included.
    func sequences(count: Int, tokens: Int) -> [[Int32]] {
        var numbers = SplitMix64(seed: 1)
        return (0..<count).map { _ in
            [model.tokenizer.clsID] + (0..<tokens - 2).compactMap { _ in words.randomElement(using: &numbers) }
                + [model.tokenizer.sepID]
        }
    }

    /// The same as texts.
    func texts(count: Int, tokens: Int) -> [String] {
        sequences(count: count, tokens: tokens).map { ids in
            model.tokenizer.tokens(of: ids.dropFirst().dropLast()).joined(separator: " ")
        }
    }
}
