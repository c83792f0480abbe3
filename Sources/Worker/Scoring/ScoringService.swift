// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import HTTP
import Settings

/// Scoring under one path: who may ask, and with what.
struct ScoringService: HTTPService {
    let scoring: Scoring
    let api: any ScoringAPI
    /// nil where everyone may ask.
    let token: BearerToken?
    let maxBodyBytes: Int
    let timeout: Duration

    func refusal(of request: HTTPRequest) -> HTTPResponse? {
        if let token, !(api.token(of: request).map(token.matches) ?? false) {
            return refusal(ScoringError(.unauthorized, "the token is missing, or is not that of http.token"))
        }
        // A web page cannot send this type to another host unasked, so that none has the browser's machine score for it.
        guard let type = request.field("Content-Type"), Self.isJSON(type) else {
            return refusal(ScoringError(.refused(415), "Content-Type is not application/json"))
        }
        return nil
    }

    func refusal(status: Int) -> HTTPResponse { refusal(ScoringError(status: status)) }

    func take(_ body: [UInt8], _ exchange: HTTPExchange) {
        scoring.take(ScoringArrival(api: api, body: body, exchange: exchange, time: .now))
    }

    private func refusal(_ error: ScoringError) -> HTTPResponse {
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
    static func all(_ scoring: Scoring, settings: Settings, version: ModelVersion) -> [String: ScoringService] {
        let model = version.model
        let attributes = AttributeNames(
            labels: model.labels,
            isProbability: model.scoreFunction != .none
        )
        let apis: [(String, any ScoringAPI)] = [
            (
                PredictAPI.path,
                PredictAPI(maxTexts: settings[Settings.httpScoringMaxTexts], truncation: version.limit.truncation)
            ),
            (AnalyzeAPI.path, AnalyzeAPI(attributes: attributes)), (TryAPI.path, TryAPI()),
        ]
        let token = settings[Settings.httpToken]
        return Dictionary(uniqueKeysWithValues: apis).mapValues { api in
            ScoringService(
                scoring: scoring,
                api: api,
                token: token.isEmpty ? nil : BearerToken(token),
                maxBodyBytes: settings[Settings.httpScoringMaxBytes],
                timeout: settings[Settings.httpScoringTimeout]
            )
        }
    }
}
