// SPDX-License-Identifier: Apache-2.0

/// The two linear layers of a feed-forward part, before they are packed.
///
/// Legend: C = width, F = feed-forward width.
struct FeedForward {
    /// `[F, C]` and `[F]`; `[2F, C]` and `[2F]` where the second half multiplies the first.
    var intermediate: LinearParameters
    /// `[C, F]` and `[C]`.
    var output: LinearParameters

    /// How many of `count` inner values get scales of their own: a multiple of what kernels read at once.
    static func apart(of count: Int) -> Int { count / 16 & ~7 }

    /// Puts last the inner values of whose output weights one stands out most from its row.
    ///
    /// Trained output matrices hold single weights of thirty times their row's deviation, most of them in few columns.
    /// In bytes with one scale a row, such a weight leaves the others three bits. The order of the inner values is free:
    /// with those columns last, and scales of their own for them, the others keep theirs.
    func outliersLast() -> FeedForward {
        let width = output.bias.count
        let inner = output.weight.count / width
        var prominence = [Float](repeating: 0, count: inner)
        for row in stride(from: 0, to: width * inner, by: inner) {
            let squares = output.weight[row..<row + inner].reduce(0) { $0 + $1 * $1 }
            let scale = squares > 0 ? (Float(inner) / squares).squareRoot() : 0
            for column in 0..<inner {
                prominence[column] = max(prominence[column], abs(output.weight[row + column]) * scale)
            }
        }
        let ranked = (0..<inner).sorted { (prominence[$0], $0) < (prominence[$1], $1) }
        // Both halves go with the values that they make.
        let rows = stride(from: 0, to: intermediate.bias.count, by: inner).flatMap { half in ranked.map { half + $0 } }
        return FeedForward(
            intermediate: (
                rows.flatMap { intermediate.weight[$0 * width..<($0 + 1) * width] },
                rows.map { intermediate.bias[$0] }
            ),
            output: (
                (0..<width).flatMap { row in ranked.map { output.weight[row * inner + $0] } },
                output.bias
            )
        )
    }
}
