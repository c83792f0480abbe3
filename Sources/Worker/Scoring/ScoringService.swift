// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import HTTP
import Settings

/// Scoring under one path: who may ask, and with what.
struct ScoringService: HTTPService {
    let scoring: Scoring
    let live: LiveModel
    /// What requests and answers look like, with a model.
    let api: @Sendable (ModelVersion) -> any ScoringAPI
    /// Where none is set everyone may ask.
    let token: HTTPToken
    let maxBodyBytes: Int
    let timeout: Duration

    func refusal(of request: HTTPRequest) -> HTTPResponse? {
        let api = api(live.version)
        if let token = token.current, !(api.token(of: request).map(token.matches) ?? false) {
            return refusal(ScoringError(.unauthorized, "the token is missing, or is not that of http.token"), by: api)
        }
        // A web page cannot send this type to another host unasked, so that none has the browser's machine score for it.
        guard let type = request.field("Content-Type"), Self.isJSON(type) else {
            return refusal(ScoringError(.refused(415), "Content-Type is not application/json"), by: api)
        }
        return nil
    }

    func refusal(status: Int) -> HTTPResponse { refusal(ScoringError(status: status), by: api(live.version)) }

    func take(_ body: [UInt8], _ exchange: HTTPExchange) {
        let version = live.version
        let arrival = ScoringArrival(api: api(version), version: version, body: body, exchange: exchange, time: .now)
        scoring.take(arrival)
    }

    private func refusal(_ error: ScoringError, by api: any ScoringAPI) -> HTTPResponse {
        let response = api.response(to: error)
        scoring.metrics.answered(response.status)
        return response
    }

    /// Parameters, such as the charset, are passed over: JSON is in UTF-8, or refused.
    private static func isJSON(_ type: String) -> Bool {
        let name = type.prefix { $0 != ";" }.lowercased().drop { $0 == " " }
        return name.prefix { $0 != " " && $0 != "\t" } == "application/json"
    }
}

extension ScoringService {
    /// The services, by their paths, as the settings have them.
    static func all(_ scoring: Scoring, settings: Settings, live: LiveModel, token: HTTPToken) -> [String:
        ScoringService]
    {
        let maxTexts = settings[Settings.httpScoringMaxTexts]
        let apis: [(String, @Sendable (ModelVersion) -> any ScoringAPI)] = [
            (PredictAPI.path, { PredictAPI(maxTexts: maxTexts, truncation: $0.limit.truncation) }),
            (AnalyzeAPI.path, { AnalyzeAPI(attributes: AttributeNames($0)) }),
            (TryAPI.path, { _ in TryAPI() }),
        ]
        return Dictionary(uniqueKeysWithValues: apis).mapValues { api in
            ScoringService(
                scoring: scoring,
                live: live,
                api: api,
                token: token,
                maxBodyBytes: settings[Settings.httpScoringMaxBytes],
                timeout: settings[Settings.httpScoringTimeout]
            )
        }
    }
}
