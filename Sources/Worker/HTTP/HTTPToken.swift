// SPDX-License-Identifier: Apache-2.0
import Configuration
import Settings
import Threading

/// The token of the port, which may change while the worker runs.
final class HTTPToken: Sendable {
    private let state: Monitor<BearerToken?>

    init(_ token: BearerToken?) { state = Monitor(token) }

    convenience init(settings: Settings) { self.init(Self.token(settings)) }

    /// nil where none is set.
    var current: BearerToken? { state.withLock { $0 } }

    /// Takes the token of other settings, if they have one: to take it away takes a start.
    func renew(from settings: Settings) throws(SettingsError) {
        guard let token = Self.token(settings) else {
            throw SettingsError(problems: ["http.token: is empty now"])
        }
        state.withLock { $0 = token }
    }

    private static func token(_ settings: Settings) -> BearerToken? {
        let token = settings[Settings.httpToken]
        return token.isEmpty ? nil : BearerToken(token)
    }
}
