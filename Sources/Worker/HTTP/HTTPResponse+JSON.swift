// SPDX-License-Identifier: Apache-2.0
import HTTP
import JSON

extension HTTPResponse {
    /// An answer in JSON.
    init(status: Int = 200, json: JSONWriter, fields: [String: String] = [:]) {
        let body = String(decoding: json.bytes, as: UTF8.self)
        self.init(status: status, contentType: "application/json", fields: fields, body: body)
    }

    /// An object, as a line of JSON.
    static func object(
        status: Int = 200,
        headers: [String: String] = [:],
        _ fields: (inout JSONWriter) -> Void
    ) -> HTTPResponse {
        var json = JSONWriter()
        json.object(fields)
        let body = String(decoding: json.bytes, as: UTF8.self) + "\n"
        return HTTPResponse(status: status, contentType: "application/json", fields: headers, body: body)
    }

    /// Why a request is not done, as `{"error": …}`.
    static func failure(_ status: Int, _ reason: String, _ fields: [String: String] = [:]) -> HTTPResponse {
        .object(status: status, headers: fields) { $0.field("error", reason) }
    }
}
