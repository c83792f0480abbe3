// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Whether two models differ in how often they are right, more than chance would have it.
///
/// McNemar, "Note on the sampling error of the difference between correlated proportions or percentages" (1947), by its
/// exact form: of the texts that just one of them gets right, a half should be each one's.
enum McNemar {
    /// The probability, if the models were equally good, of a difference as great as this one in either direction: two
    /// tails of the binomial distribution with p = ½, as `statsmodels`' `mcnemar(exact=True)` has it.
    ///
    /// - Parameters:
    ///   - onlyFirst: texts that only the first model gets right.
    ///   - onlySecond: texts that only the second one does.
    static func pValue(onlyFirst: Int, onlySecond: Int) -> Double {
        let (count, least) = (onlyFirst + onlySecond, min(onlyFirst, onlySecond))
        guard onlyFirst != onlySecond else { return 1 }
        // log of count-over-k / 2^count, from k = 0 on; summed relative to the last and greatest.
        var terms = [-Double(count) * log(2)]
        for k in 0..<least { terms.append(terms[k] + log(Double(count - k) / Double(k + 1))) }
        let greatest = terms[least]
        return min(1, 2 * exp(greatest) * terms.reduce(0) { $0 + exp($1 - greatest) })
    }
}
