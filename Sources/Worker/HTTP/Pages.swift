// SPDX-License-Identifier: Apache-2.0

/// What the worker serves over HTTP.
struct Pages: Sendable {
    let metrics: WorkerMetrics
    let health: Health

    /// What is served under a path.
    func callAsFunction(_ path: String) -> HTTPResponse? {
        switch path {
        case "/metrics":
            HTTPResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: metrics.text)
        case "/livez":
            HTTPResponse(body: "ok\n")
        case "/readyz", "/healthz":
            health.unreadiness.map { HTTPResponse(status: 503, body: $0 + "\n") } ?? HTTPResponse(body: "ok\n")
        case "/":
            HTTPResponse(body: "cloud4bert\n/metrics\n/livez\n/readyz\n")
        default:
            nil
        }
    }
}
