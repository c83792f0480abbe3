// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Kafka
import Settings

/// Takes decisions by scores, with thresholds that may be a tenant's own. Pure.
struct Decisions: Sendable {
    /// In the order in which they are looked at; none where the settings ask for no decisions.
    let rules: [(decision: Decision, bands: ScoreBands)]
    /// Where a record says whose it is.
    let tenant: RecordField?
    let prefix: InputPrefix

    /// None are taken.
    static let none = Decisions(rules: [], tenant: nil, prefix: .none)

    /// The decision on a record; nil where the settings ask for none.
    func callAsFunction(_ record: Record, _ prediction: Prediction) -> Decision? {
        rules.isEmpty ? nil : decision(on: prediction.namedScores, of: tenant(of: record))
    }

    /// The decision on scores of a tenant's record, the main classifier's first and highest first; nil where the settings ask
    /// for none.
    func decision(on ranking: [LabelScore], of tenant: @autoclosure () -> String?) -> Decision? {
        guard !rules.isEmpty else { return nil }
        let tenant = tenant()
        return rules.first { $0.bands.hold(ranking, of: tenant) }?.decision ?? .pass
    }

    /// A record that does not say whose it is has the thresholds of all.
    func tenant(of record: Record) -> String? { tenant?.found(in: record, prefix) }
}

extension Decisions {
    /// Decides as the settings ask for.
    init(settings: Settings) {
        let rules = Decision.allCases.compactMap { decision in
            decision.setting.map { (decision: decision, bands: settings[$0]) }
        }
        self.init(
            rules: rules.filter { !$0.bands.isEmpty },
            tenant: settings[Settings.decisionBy],
            prefix: settings[Settings.inputPrefix]
        )
    }

    /// Whether it makes a difference whose a record is.
    var goByTenant: Bool { rules.contains(where: \.bands.isByTenant) }

    /// The labels that thresholds are for.
    var labels: Set<String> { rules.reduce(into: []) { $0.formUnion($1.bands.labels) } }
}
