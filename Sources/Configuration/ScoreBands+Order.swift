// SPDX-License-Identifier: Apache-2.0
internal import Settings

extension ScoreBands {
    /// A band that never applies, since decisions that are looked at first take all of its scores, and the band there that
    /// does; nil if there is none.
    package func band(hiddenBehind first: ScoreBands) -> (band: String, taker: String)? {
        for band in bands {
            let takers = tenants(of: band, beside: first).map { first.taker(of: band, from: $0)?.text }
            if let taker = takers.first ?? nil, takers.allSatisfy({ $0 != nil }) { return (band.text, taker) }
        }
        return nil
    }

    /// For whose records a band holds, as far as that makes a difference: a general one is also for tenants that have a band
    /// of their own with the other decision alone, which may leave it scores.
    private func tenants(of band: Band, beside first: ScoreBands) -> [String?] {
        guard band.tenant == nil else { return [band.tenant] }
        let others = first.bands.filter { $0.label == band.label }.compactMap(\.tenant)
        return [nil] + others.filter { !hasOwn(band.label, $0) }
    }

    /// The band that takes all scores of another decision's band, of a tenant's records.
    private func taker(of band: Band, from tenant: String?) -> Band? {
        bands.first { own in
            own.label == band.label && applies(own, to: tenant) && own.scores.lowerBound <= band.scores.lowerBound
                && own.scores.upperBound >= band.scores.upperBound
        }
    }
}

extension Settings {
    /// Thresholds of a decision that can never be taken, since the decisions before it take all of their scores.
    ///
    /// What-ifs may have such ones: what would be if everything that is flagged were held?
    package func hiddenThresholds() -> [String] {
        let settings = Decision.allCases.compactMap(\.setting)
        return settings.indices.flatMap { index in
            settings[..<index].compactMap { first in
                let later = settings[index]
                guard let (band, taker) = self[later].band(hiddenBehind: self[first]) else { return nil }
                return
                    "\(later.key): '\(band)' never applies, since \(first.key), which is looked at first, has '\(taker)'; "
                    + "raise that, or leave this out"
            }
        }
    }
}
