// SPDX-License-Identifier: Apache-2.0

/// Variables that begin like settings, but come from what runs the container: a service that is called `cloud4bert`, or
/// `cloud4bert-` and more, has its addresses put into the environment of its neighbours.
///
/// Kubernetes writes `…_SERVICE_HOST`, `…_SERVICE_PORT` with or without a port's name, and Docker's variables of a link:
/// `…_PORT=tcp://10.0.0.7:9464`, `…_PORT_9464_TCP` with `_PROTO`, `_PORT` or `_ADDR` behind it. Docker itself adds
/// `…_NAME=/this/that` and the other container's own variables as `…_ENV_…`.
struct InjectedVariables {
    private let environment: [String: String]
    private static let prefix = "CLOUD4BERT_"

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    func contains(_ name: String, _ value: String) -> Bool {
        let rest = name.dropFirst(Self.prefix.count)
        if rest.wholeMatch(of: /(.+_)?SERVICE_(HOST|PORT(_.+)?)/) != nil { return true }
        if rest.wholeMatch(of: /(.+_)?PORT_[0-9]+_(TCP|UDP|SCTP)(_.+)?/) != nil { return true }
        if rest.wholeMatch(of: /(.+_)?PORT(_(TCP|UDP|SCTP)_(START|END))?/) != nil {
            return value.prefixMatch(of: /(tcp|udp|sctp):\/\//) != nil
        }
        if rest.wholeMatch(of: /(.+_)?NAME/) != nil { return Self.isLink(value) }
        guard let match = rest.wholeMatch(of: /(.+?_)?ENV_.+/) else { return false }
        guard let alias = match.1 else { return true }
        return Self.isLink(environment["\(Self.prefix)\(alias)NAME"] ?? "")
    }

    /// `/worker/cloud4bert`: a container, and what it calls another.
    private static func isLink(_ value: String) -> Bool { value.wholeMatch(of: /\/[^\/]+\/[^\/]+/) != nil }
}
