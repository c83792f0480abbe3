// SPDX-License-Identifier: Apache-2.0
import Settings
import Threading

/// The model that new records are tagged by, which may change while the worker runs.
///
/// What is in flight keeps the version that it came with; so an old one goes when its last record has.
final class LiveModel: Sendable {
    /// What changes together.
    struct Use: Sendable {
        let version: ModelVersion
        /// What the model is used by.
        let settings: Settings
        /// How many there were before.
        var number = 0
    }

    private let state: Monitor<Use>

    init(_ version: ModelVersion, _ settings: Settings) {
        state = Monitor(Use(version: version, settings: settings))
    }

    var use: Use { state.withLock { $0 } }

    var version: ModelVersion { state.withLock(\.version) }

    /// Has all that comes from now on tagged by another version.
    func replace(by version: ModelVersion, _ settings: Settings) {
        // If the old one goes with this, it does not under the lock.
        let old = state.withLock { state in
            defer { state = Use(version: version, settings: settings, number: state.number + 1) }
            return state
        }
        withExtendedLifetime(old) {}
    }
}
