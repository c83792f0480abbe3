// SPDX-License-Identifier: Apache-2.0
import HTTP

/// The console's page: one answer that needs nothing from anywhere else.
enum ConsolePage {
    static let eventsPath = "/console/events"

    /// With the style and the scripts in their places.
    private static let template = text(PackageResources.console_html)
        .replacing("{{style}}", with: text(PackageResources.console_css))
        .replacing("{{script}}", with: text(PackageResources.chart_js) + text(PackageResources.console_js))

    /// The page, of which nothing runs but what came with it: a nonce of its own says what that is.
    static func response() -> HTTPResponse {
        let parts = [UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max)]
        let nonce = parts.map { String($0, radix: 36) }.joined()
        let policy = [
            "default-src 'none'", "script-src 'nonce-\(nonce)'", "style-src 'nonce-\(nonce)'", "connect-src 'self'",
            "img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ]
        return HTTPResponse(
            contentType: "text/html; charset=utf-8",
            fields: ["Content-Security-Policy": policy.joined(separator: "; "), "Referrer-Policy": "no-referrer"],
            body: template.replacing("{{nonce}}", with: nonce)
        )
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
