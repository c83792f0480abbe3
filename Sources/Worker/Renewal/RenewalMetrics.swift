// SPDX-License-Identifier: Apache-2.0

/// What is counted of certificates and secrets that were read again.
final class RenewalMetrics: Sendable {
    private let succeeded = Counter()
    private let failed = Counter()

    func renewed() { succeeded.add() }

    func renewalFailed() { failed.add() }

    func write(to text: inout MetricsText) {
        text.metric(
            "cloud4bert_secret_renewals_total",
            .counter,
            "Certificates, keys and secrets in files that changed in a running worker, by whether they could be used.",
            [([("result", "succeeded")], Double(succeeded.value)), ([("result", "failed")], Double(failed.value))]
        )
    }
}
