// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// How disentangled attention (He et al., 2021) sees distances: by the rows of a table of embeddings.
struct Disentangled: Sendable, Equatable {
    /// Rows for distances on each side; 0 where each distance has its own, up to `farthest`.
    let buckets: Int
    /// The distance from which on all are the same.
    let farthest: Int
    /// Whether distances go through the layers' own projections of queries and keys; else each has projections for them.
    let sharesProjections: Bool
    /// Whether the table goes through a norm first.
    let normalises: Bool

    /// Most tokens of a text, rows and distances that are accepted: what attention computes in grows with the square.
    static let limit = 1 << 12

    /// Half of the rows of the table.
    var span: Int { buckets > 0 ? buckets : farthest }

    /// The row of the table for a key this far before the query; behind it where the distance is negative.
    ///
    /// Half of the buckets are for single distances, the others grow with the logarithm, in the same floats as in
    /// `transformers`.
    func row(of distance: Int) -> Int {
        var place = distance
        let middle = buckets / 2
        if buckets > 0, abs(distance) > middle {
            let ratio = logf(Float(abs(distance)) / Float(middle)) / logf(Float(farthest - 1) / Float(middle))
            let step = (ratio * Float(middle - 1)).rounded(.up) + Float(middle)
            // A table for texts that are shorter than half of the buckets has nothing for this distance.
            let length = step.isFinite ? Int(min(max(step, -1e6), 1e6)) : span
            place = distance > 0 ? length : -length
        }
        return min(max(place + span, 0), 2 * span - 1)
    }
}

/// What a block's words see of distances: the table's rows as keys and as queries, `[2 · span, C]` each.
struct RelativeRows: Sendable {
    let keys: FloatBuffer
    let queries: FloatBuffer
}
