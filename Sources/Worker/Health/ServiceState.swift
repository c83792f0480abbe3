// SPDX-License-Identifier: Apache-2.0

/// What a service manager is told of the worker, each time that somebody has looked at it: sd_notify(3). Pure.
struct ServiceState {
    /// Whether it was told that the worker is ready.
    private var isReady = false
    /// Whether it was told that the worker stops.
    private var hasStopped = false

    /// - Parameters:
    ///   - isAlive: what `/livez` says. A worker that is not is not to stop its watchdog.
    ///   - unreadiness: what `/readyz` says; nil if the worker is ready.
    ///   - lag: records that are not done.
    /// - Returns: the assignments to send.
    mutating func notice(isAlive: Bool, isStopping: Bool, unreadiness: String?, lag: Int) -> [String] {
        var assignments: [String] = []
        if isStopping, !hasStopped { assignments.append("STOPPING=1") }
        if unreadiness == nil, !isReady { assignments.append("READY=1") }
        hasStopped = hasStopped || isStopping
        isReady = isReady || unreadiness == nil
        assignments.append("STATUS=\(unreadiness ?? "ready"), \(lag) records behind")
        if isAlive { assignments.append("WATCHDOG=1") }
        return assignments
    }
}
