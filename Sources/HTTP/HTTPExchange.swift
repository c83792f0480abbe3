// SPDX-License-Identifier: Apache-2.0
internal import Threading

/// A request that is answered later: once, by any thread.
package final class HTTPExchange: Sendable {
    private enum State {
        case waiting
        case answered(HTTPResponse)
        /// Nobody waits any more.
        case over
    }

    private let state = Monitor(State.waiting)
    private let wake: @Sendable () -> Void

    /// - Parameter wake: called once there is an answer.
    package init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    /// Whether nobody waits for the answer any more: it was given, took too long, or the client has gone.
    package var isOver: Bool { state.withLock { if case .waiting = $0 { false } else { true } } }

    /// Answers the request.
    /// - Returns: whether somebody still waited.
    @discardableResult
    package func answer(_ response: HTTPResponse) -> Bool {
        let isFirst = state.withLock { state in
            guard case .waiting = state else { return false }
            state = .answered(response)
            return true
        }
        if isFirst { wake() }
        return isFirst
    }

    /// The answer, once it is there.
    package var response: HTTPResponse? {
        state.withLock { if case .answered(let response) = $0 { response } else { nil } }
    }

    /// Nobody waits any more.
    func end() { state.withLock { $0 = .over } }
}
