// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Who may do more on the port than look at figures.
///
/// With a token, who has it. Without one, programs of this machine alone, and no web page that is open in a browser of it:
/// neither one of another origin, nor one whose own name was made to lead here.
struct PortAccess: Sendable {
    let token: HTTPToken
    let address: HostPort

    /// What refuses a request; nil where it may go on.
    func refusal(of request: HTTPRequest) -> HTTPResponse? {
        if let token = token.current {
            guard BearerToken.sent(with: request).map(token.matches) != true else { return nil }
            return .failure(401, "the token is missing, or is not that of http.token", HTTPResponse.challenge)
        }
        guard address.isLoopback else {
            return .failure(
                403,
                "http.token: not set, and this needs it where others than this machine reach http.address, which is \(address)"
            )
        }
        // Version 1.0 of HTTP may do without a host; browsers do not speak it.
        let host = request.field("Host") ?? ""
        let isOwn = host.isEmpty || HostPort(host)?.isLoopback == true || HostPort(host + ":80")?.isLoopback == true
        let origin = request.field("Origin")
        guard isOwn, origin == nil || origin == "http://\(host)" else {
            return .failure(403, "the request is of a web page that is not this worker's; http.token lets others in")
        }
        return nil
    }
}
