// SPDX-License-Identifier: Apache-2.0
internal import Bert

/// Some texts of a batch that go through the network together, end to end, on one thread.
struct Chunk {
    /// Which texts of the batch.
    let texts: [Int]
    /// Their ids, and where each begins; one entry more than there are texts.
    let tokens: TokenBatch
    /// The row of each text's first token in the whole batch: what dropout counts by, so that a text's fate does not
    /// depend on the chunk.
    let firstRows: [Int]

    /// Shares the texts of a batch out into `threads` lists of about as many tokens, and each list into chunks of at
    /// most `capacity` tokens.
    static func shares(of batch: TokenBatch, threads: Int, capacity: Int) -> [[Chunk]] {
        // The longest first, each to the thread that has the least.
        let order = (0..<batch.count).sorted { (batch.length(of: $1), $0) < (batch.length(of: $0), $1) }
        var shares = [[Int]](repeating: [], count: threads)
        var loads = [Int](repeating: 0, count: threads)
        for text in order {
            let thread = loads.indices.min { loads[$0] < loads[$1] } ?? 0
            shares[thread].append(text)
            loads[thread] += batch.length(of: text)
        }
        return shares.map { chunks($0.sorted(), of: batch, capacity: capacity) }
    }

    private static func chunks(_ texts: [Int], of batch: TokenBatch, capacity: Int) -> [Chunk] {
        var chunks: [Chunk] = []
        var rest = texts[...]
        while !rest.isEmpty {
            var tokens = TokenBatch()
            var taken: [Int] = []
            while let text = rest.first, tokens.ids.count + batch.length(of: text) <= capacity || taken.isEmpty {
                tokens.append(Array(batch.ids[batch.starts[text]..<batch.starts[text + 1]]))
                taken.append(text)
                rest.removeFirst()
            }
            chunks.append(Chunk(texts: taken, tokens: tokens, firstRows: taken.map { batch.starts[$0] }))
        }
        return chunks
    }
}
