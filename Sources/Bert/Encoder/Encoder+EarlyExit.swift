// SPDX-License-Identifier: Apache-2.0

extension Encoder {
    /// Encodes the first token of each text, and lets texts leave after an earlier block.
    ///
    /// Up to that block the first tokens' states are all that is computed of it; of texts that go on it is run again, over
    /// all of their tokens. These are brought together from several chunks, so that full chunks go on.
    ///
    /// - Parameters:
    ///   - exit: after how many blocks.
    ///   - leaves: takes some texts, in order, and their first tokens' hidden states `[texts, C]` after these blocks; says
    ///     of each whether it goes no further.
    ///   - body: takes other texts, in order, and their first tokens' hidden states after the last block.
    func encodeFirst(
        _ batch: TokenBatch,
        leavingAfter exit: Int,
        _ leaves: (Range<Int>, UnsafePointer<Float>) -> [Bool],
        _ body: ([Int], UnsafePointer<Float>) -> Void
    ) {
        guard let kept else { preconditionFailure("an encoder of a model with an exit keeps what goes on") }
        var (texts, rows) = (0..<0, 0)
        func decide() {
            blocks.finish(exit - 1, rows: texts.count, hidden: first.start, context: firstContext.start)
            let left = leaves(texts, first.start)
            finish(batch, zip(texts, left).filter { !$1 }.map(\.0), of: texts, from: exit - 1, body)
            (texts, rows) = (texts.upperBound..<texts.upperBound, 0)
        }
        forEachChunk(batch) { states in
            if texts.count + states.texts.count > chunkTokens || rows + states.count > keptTokens { decide() }
            embed(batch, states)
            blocks.run(0..<exit - 1, states)
            (kept.start + rows * states.width).update(from: states.rows, count: states.count * states.width)
            let place = texts.count * states.width
            blocks.attend(in: exit - 1, states, hidden: first.start + place, context: firstContext.start + place)
            texts = texts.lowerBound..<states.texts.upperBound
            rows += states.count
        }
        if !texts.isEmpty { decide() }
    }

    /// Runs the blocks from one on over some of the texts whose states are kept.
    private func finish(
        _ batch: TokenBatch,
        _ texts: [Int],
        of kept: Range<Int>,
        from layer: Int,
        _ body: ([Int], UnsafePointer<Float>) -> Void
    ) {
        guard let states = self.kept, !texts.isEmpty else { return }
        let (width, last) = (model.architecture.width, model.depth - 1)
        var next = 0
        while next < texts.count {
            var starts = [0]
            let place = next * width
            while next < texts.count {
                let (text, row) = (texts[next], starts[starts.count - 1])
                guard row == 0 || row + batch.length(of: text) <= chunkTokens else { break }
                let source = (batch.starts[text] - batch.starts[kept.lowerBound]) * width
                let count = batch.length(of: text) * width
                (hidden.start + row * width).update(from: states.start + source, count: count)
                starts.append(row + batch.length(of: text))
                next += 1
            }
            let chunk = HiddenStates(texts: 0..<starts.count - 1, starts: starts[...], rows: hidden.start, width: width)
            blocks.run(layer..<last, chunk)
            blocks.attend(in: last, chunk, hidden: first.start + place, context: firstContext.start + place)
        }
        blocks.finish(last, rows: texts.count, hidden: first.start, context: firstContext.start)
        body(texts, first.start)
    }
}
