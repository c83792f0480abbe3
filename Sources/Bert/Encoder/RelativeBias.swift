// SPDX-License-Identifier: Apache-2.0

/// What is added to attention's scores by how far the key is from the query, a number for each head (Raffel et al., 2019).
/// All blocks share it.
package struct RelativeBias: Sendable {
    /// Classes of distances, of which each has its row in the table: half of them for keys behind the query.
    package static let buckets = 32

    /// `[H, 2 · reach - 1]`: a head's bias for the distances from `1 - reach` to `reach - 1`.
    private let values: FloatBuffer
    private let reach: Int

    /// Spreads a table out over all distances of texts of up to `reach` tokens.
    ///
    /// - Parameters:
    ///   - table: `[buckets, H]`.
    ///   - factor: what each number is multiplied by.
    package init(table: UnsafePointer<Float>, heads: Int, reach: Int, factor: Float) {
        let width = 2 * reach - 1
        self.reach = reach
        values = FloatBuffer(count: heads * width) { values in
            for column in 0..<width {
                let row = table + Self.bucket(of: column - (reach - 1)) * heads
                for head in 0..<heads { values[head * width + column] = row[head] * factor }
            }
        }
    }

    /// The biases of a query's scores with the keys from the first one on.
    package func row(head: Int, query: Int) -> UnsafePointer<Float> {
        UnsafePointer(values.start + head * (2 * reach - 1) + reach - 1 - query)
    }

    /// The bucket of a key at this distance from the query: one each for the nearest, then wider and wider ones, up to 128
    /// tokens away, and one for all that is beyond.
    package static func bucket(of distance: Int) -> Int {
        let half = buckets / 2
        let exact = half / 2
        let (base, length) = (distance > 0 ? half : 0, abs(distance))
        guard length >= exact else { return base + length }
        // From 8 to 128 in 8 steps: each bucket begins √2 times as far away as the one before. Squares are compared,
        // since a rounded logarithm could miss a border.
        var step = 0
        while step < exact - 1, length * length >= exact * exact << (step + 1) { step += 1 }
        return base + exact + step
    }
}
