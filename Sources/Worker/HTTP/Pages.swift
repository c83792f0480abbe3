// SPDX-License-Identifier: Apache-2.0
import Configuration
import HTTP

extension HTTPServer {
    /// Opens the port that the worker's pages are served on.
    convenience init(_ address: HostPort, _ pages: Pages) throws(WorkerError) {
        do throws(ListeningSocket.Failure) {
            try self.init(address) { path in pages(path) }
        } catch {
            throw .http("http.address: cannot listen on \(address): \(error.reason)")
        }
    }
}

/// What the worker serves over HTTP.
struct Pages: Sendable {
    let metrics: WorkerMetrics
    let health: Health
    let drift: DriftMonitor?

    /// What is served under a path.
    func callAsFunction(_ path: String) -> HTTPRoute? { page(path).map { .page($0) } }

    private func page(_ path: String) -> HTTPResponse? {
        switch path {
        case "/metrics":
            HTTPResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: metrics.text)
        case "/livez":
            HTTPResponse(body: "ok\n")
        case "/readyz", "/healthz":
            health.unreadiness.map { HTTPResponse(status: 503, body: $0 + "\n") } ?? HTTPResponse(body: "ok\n")
        case "/drift":
            drift.map { drift in
                drift.lastWindow.map { HTTPResponse(contentType: "application/json", body: $0) }
                    ?? HTTPResponse(status: 503, body: "no window is whole yet\n")
            }
        case "/":
            HTTPResponse(body: "cloud4bert\n/metrics\n/livez\n/readyz\n\(drift == nil ? "" : "/drift\n")")
        default:
            nil
        }
    }
}
