// SPDX-License-Identifier: Apache-2.0
package import Bert
internal import Settings

/// For which scores a decision is taken: `negative:0.9` from a score of 0.9 on, `negative:0.4-0.6` from 0.4 to below 0.6;
/// `*` is whichever label has the highest score, and `negative@news:0.95` is for one tenant.
package struct ScoreBands: Sendable, Equatable {
    struct Band: Sendable, Equatable {
        /// As it was written.
        let text: String
        /// nil for the label with the highest score.
        let label: String?
        /// nil for everybody who has none of their own for that label.
        let tenant: String?
        let scores: Range<Float>

        func overlaps(_ other: Band) -> Bool {
            label == other.label && tenant == other.tenant && scores.overlaps(other.scores)
        }
    }

    let bands: [Band]

    /// Whether there is none, so that the decision is never taken.
    package var isEmpty: Bool { bands.isEmpty }

    /// The labels that are named.
    package var labels: Set<String> { Set(bands.compactMap(\.label)) }

    /// Whether any is for one tenant.
    package var isByTenant: Bool { bands.contains { $0.tenant != nil } }

    /// Two that are for one label, and have scores in common: one of them has no effect, or neither is what was meant. nil
    /// if there are none.
    package var overlap: (String, String)? {
        for (index, band) in bands.enumerated() {
            if let other = bands[(index + 1)...].first(where: band.overlaps) { return (band.text, other.text) }
        }
        return nil
    }

    /// Parses bands with commas between them; nil if one of them is none. A comma in a name is written `\,`.
    package init?(_ text: String) {
        guard let bands = text.elements(Band.init) else { return nil }
        self.bands = bands
    }

    /// Whether one of the scores lies in a band that is for this tenant.
    ///
    /// - Parameter ranking: all labels, highest score first.
    package func hold(_ ranking: [LabelScore], of tenant: String?) -> Bool {
        bands.contains { band in
            guard applies(band, to: tenant) else { return false }
            let found = band.label.map { label in ranking.first { $0.label == label } } ?? ranking.first
            return found.map { band.scores.contains($0.score) } ?? false
        }
    }

    /// Whether a band is for a tenant's records: its own, or a general one that none of its own takes the place of.
    func applies(_ band: Band, to tenant: String?) -> Bool {
        band.tenant == tenant || band.tenant == nil && !hasOwn(band.label, tenant)
    }

    /// Whether a tenant has a band of its own for a label.
    func hasOwn(_ label: String?, _ tenant: String?) -> Bool {
        tenant != nil && bands.contains { $0.tenant == tenant && $0.label == label }
    }
}

extension ScoreBands.Band {
    /// Parses `LABEL:FROM`, `LABEL:FROM-TO`, or either with `@TENANT` behind the label.
    fileprivate init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let names = text[..<colon].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = text[text.index(after: colon)...].split(separator: "-", omittingEmptySubsequences: false)
            .map { Float($0.trimmed) }
        guard let label = names.first?.trimmed, !label.isEmpty, names.count == 1 || !names[1].trimmed.isEmpty,
            let first = numbers.first, let low = first, numbers.count <= 2, (0...1).contains(low)
        else { return nil }
        var high: Float?
        if numbers.count == 2 {
            guard let number = numbers[1], number > low, number <= 1 else { return nil }
            high = number
        }
        self.label = label == "*" ? nil : label
        tenant = names.count == 2 ? names[1].trimmed : nil
        scores = low..<(high ?? .infinity)
        self.text = text
    }
}

extension SettingKind where Value == ScoreBands {
    static var bands: Self {
        Self(
            range:
                "LABEL:SCORE or LABEL:FROM-TO, with scores from 0 to 1, separated by commas; LABEL@TENANT for one tenant"
        ) { ScoreBands($0) }
    }
}
