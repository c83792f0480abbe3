// SPDX-License-Identifier: Apache-2.0
import Bert
import HTTP

/// A way to ask for scores: what its requests and its answers look like. Pure.
protocol ScoringAPI: Sendable {
    /// The token that a request brings along; nil if it brings none.
    func token(of request: HTTPRequest) -> String?

    /// Reads the body of a request.
    func read(_ body: [UInt8]) throws(ScoringError) -> ScoringQuestion

    /// The answer to a request that gets no scores.
    func response(to error: ScoringError) -> HTTPResponse
}

extension ScoringAPI {
    func token(of request: HTTPRequest) -> String? { BearerToken.sent(with: request) }
}

/// What one request asks for.
struct ScoringQuestion: Sendable {
    let texts: [String]
    /// Whether a text that is longer than the model reads may be cut, as the settings have it.
    var mayBeCut = true
    /// Whether the words that the scores rest on are asked for, too: an encoding for each.
    var wantsWords = false
    /// What the request calls a text, for errors.
    let field: @Sendable (_ index: Int) -> String
    /// The answer, once all texts are scored.
    let answer: @Sendable ([ScoredText]) throws(ScoringError) -> HTTPResponse
}

/// What is said of one text.
struct ScoredText: Sendable, Equatable {
    /// Labels with their scores, highest first; none where the vocabulary does not cover the text.
    let ranking: [LabelScore]
    /// As it was read, cleaned.
    var text = ""
    /// The words that weigh most, the heaviest first; none unless they are asked for.
    var words: [WordWeight] = []
    /// What classifiers beside the main one say.
    var more: [MorePrediction] = []
    /// Tokens that were read.
    var tokens = 0
    /// Whether the text was longer than that.
    var isTruncated = false
}

extension ScoredText {
    /// All scores, those of classifiers beside the main one as `toxicity.toxic`.
    var namedScores: [LabelScore] { ranking + more.namedScores }
}

extension HTTPResponse {
    /// When to try again, in seconds: by then, most of what waits is done.
    static var retryAfter: [String: String] { ["Retry-After": "1"] }
    /// What a request without the right token is told to bring (RFC 9110, section 11.6.1).
    static var challenge: [String: String] { ["WWW-Authenticate": #"Bearer realm="cloud4bert""#] }

    /// The fields that go with an error.
    static func fields(of error: ScoringError) -> [String: String] {
        switch error.kind {
        case .unauthorized: challenge
        case .overloaded, .unavailable: retryAfter
        default: [:]
        }
    }
}
