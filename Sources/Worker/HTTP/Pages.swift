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
    /// By their paths; none where no texts are scored by HTTP.
    let services: [String: ScoringService]

    /// What is served under a path.
    func callAsFunction(_ path: String) -> HTTPRoute? {
        if let service = services[path] { return .service(service) }
        return page(path).map { .page($0) }
    }

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
            HTTPResponse(body: index)
        default:
            nil
        }
    }

    private var index: String {
        let paths = ["/metrics", "/livez", "/readyz"] + (drift == nil ? [] : ["/drift"])
        let lines = ["cloud4bert"] + paths + services.keys.sorted().map { "POST \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
