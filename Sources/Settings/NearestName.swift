// SPDX-License-Identifier: Apache-2.0

/// The name that was probably meant by this one; nil if none is like it.
package func nearest(to name: String, among names: some Sequence<String>) -> String? {
    let nearest = names.map { ($0, editDistance($0, name)) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
    return nearest.flatMap { $0.1 <= max(2, name.count / 4) ? $0.0 : nil }
}

/// How many characters must be put in, taken out or changed to make one text of the other (Levenshtein).
private func editDistance(_ first: String, _ second: String) -> Int {
    let second = Array(second)
    var row = Array(0...second.count)
    for (i, character) in first.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for j in second.indices {
            let substitution = diagonal + (character == second[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
        }
    }
    return row[second.count]
}
