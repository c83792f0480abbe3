// SPDX-License-Identifier: Apache-2.0
import Configuration
import HTTP

extension HTTPServer {
    /// Opens the port that the worker's pages are served on.
    convenience init(_ address: HostPort, _ pages: Pages) throws(WorkerError) {
        do throws(ListeningSocket.Failure) {
            try self.init(address) { request in pages(request) }
        } catch {
            throw .http("http.address: cannot listen on \(address): \(error.reason)")
        }
    }
}

/// What the worker serves over HTTP.
struct Pages: Sendable {
    let metrics: WorkerMetrics
    let health: Health
    /// By their paths.
    let services: [String: any HTTPService]
    /// nil where there is no console.
    let console: Console?

    /// What is served to a request.
    func callAsFunction(_ request: HTTPRequest) -> HTTPRoute? {
        if let service = services[request.path] { return .service(service) }
        if let console, request.path == ConsolePage.eventsPath { return .events(console) }
        return page(request).map { .page($0) }
    }

    private func page(_ request: HTTPRequest) -> HTTPResponse? {
        switch request.path {
        case "/metrics":
            metricsPage(MetricsText.Format(accept: request.field("Accept")))
        case "/livez":
            verdict(health.unliveness())
        case "/readyz", "/healthz":
            verdict(health.unreadiness)
        case "/drift":
            metrics.live.version.drift.map { drift in
                drift.lastWindow.map { HTTPResponse(contentType: "application/json", body: $0) }
                    ?? HTTPResponse(status: 503, body: "no window is whole yet\n")
            }
        case "/":
            console.map { _ in ConsolePage.response() }
        default:
            nil
        }
    }

    private func verdict(_ complaint: String?) -> HTTPResponse {
        complaint.map { HTTPResponse(status: 503, body: $0 + "\n") } ?? HTTPResponse(body: "ok\n")
    }

    private func metricsPage(_ format: MetricsText.Format) -> HTTPResponse {
        HTTPResponse(contentType: format.contentType, body: metrics.text(format))
    }
}
