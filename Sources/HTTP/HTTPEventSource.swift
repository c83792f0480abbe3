// SPDX-License-Identifier: Apache-2.0

/// Tells clients what happens, as server-sent events (WHATWG HTML, section 9.2). The server's thread calls it, several times
/// a second for each client, and none of its methods waits.
package protocol HTTPEventSource: Sendable {
    /// What refuses a request; nil to go on.
    func refusal(of request: HTTPRequest) -> HTTPResponse?

    /// The newest event.
    ///
    /// A client that is slow does not have all of them: the next one is asked for once the last has gone out.
    /// - Parameter last: the number of the event that the client had last; nil for its first one.
    /// - Returns: nil where there is no newer one. Numbers rise.
    func event(after last: Int?) -> HTTPEvent?
}

/// One server-sent event.
package struct HTTPEvent: Sendable {
    package let number: Int
    /// As it is sent.
    let bytes: [UInt8]

    /// - Parameters:
    ///   - name: what the client tells events apart by.
    ///   - data: one line.
    package init(number: Int, name: String, data: [UInt8]) {
        self.number = number
        bytes = Array("event: \(name)\nid: \(number)\ndata: ".utf8) + data + Array("\n\n".utf8)
    }
}
