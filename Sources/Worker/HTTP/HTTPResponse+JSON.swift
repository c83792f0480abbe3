// SPDX-License-Identifier: Apache-2.0
import HTTP
import JSON

extension HTTPResponse {
    /// An object, as JSON.
    static func object(status: Int = 200, _ fields: (inout JSONWriter) -> Void) -> HTTPResponse {
        var json = JSONWriter()
        json.object(fields)
        return HTTPResponse(
            status: status,
            contentType: "application/json",
            body: String(decoding: json.bytes, as: UTF8.self) + "\n"
        )
    }

    /// Why a request is not done, as `{"error": …}`.
    static func failure(_ status: Int, _ reason: String, _ fields: [String: String] = [:]) -> HTTPResponse {
        var json = JSONWriter()
        json.object { $0.field("error", reason) }
        return HTTPResponse(
            status: status,
            contentType: "application/json",
            fields: fields,
            body: String(decoding: json.bytes, as: UTF8.self) + "\n"
        )
    }
}
