// SPDX-License-Identifier: Apache-2.0
internal import Bert

/// BERT's masking (Devlin et al., 2018): of the tokens that are to be guessed, 80 % become [MASK], 10 % another token and
/// 10 % stay. Drawn anew each time a text is seen, as RoBERTa does (Liu et al., 2019).
struct Masking: Sendable {
    let maskID: Int32
    /// Tokens that are never masked, nor put in another's place: [CLS], [SEP] and their like.
    let special: Set<Int32>
    let vocabularySize: Int
    /// Share of the tokens that are to be guessed.
    var share = 0.15

    /// Masks a batch.
    ///
    /// - Returns: the ids to read, and for each the id to guess, -1 where there is nothing to guess.
    func callAsFunction(_ texts: [[Int32]], using random: inout SplitMix64) -> (TokenBatch, labels: [Int32]) {
        var batch = TokenBatch()
        var labels: [Int32] = []
        for text in texts {
            var masked = text
            for (place, id) in text.enumerated() {
                let isChosen = !special.contains(id) && Double.random(in: 0..<1, using: &random) < share
                labels.append(isChosen ? id : -1)
                if isChosen { masked[place] = replacement(of: id, using: &random) }
            }
            batch.append(masked)
        }
        return (batch, labels)
    }

    private func replacement(of id: Int32, using random: inout SplitMix64) -> Int32 {
        switch Double.random(in: 0..<1, using: &random) {
        case ..<0.8: return maskID
        case ..<0.9:
            while true {
                let other = Int32.random(in: 0..<Int32(vocabularySize), using: &random)
                if !special.contains(other) { return other }
            }
        default: return id
        }
    }
}
