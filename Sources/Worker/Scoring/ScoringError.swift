// SPDX-License-Identifier: Apache-2.0

/// Why a request gets no scores. It never holds a word of the request's texts.
struct ScoringError: Error, Equatable {
    enum Kind: Equatable {
        /// The body is no JSON in UTF-8.
        case syntax
        /// A field is missing, or is not what it has to be.
        case field
        case emptyText
        /// No attribute is asked for.
        case noAttributes
        /// The vocabulary does not cover the text, and this attribute was asked for.
        case unreadable(attribute: String)
        /// Longer than the settings, or the request itself, have texts read.
        case tooLong
        /// More texts than may wait at a time.
        case tooMany
        case unauthorized
        /// There is no room now.
        case overloaded
        case inference
        /// The worker stops, or took too long.
        case unavailable
        /// HTTP itself has this status for it.
        case refused(Int)
    }

    let kind: Kind
    /// The field that it is about, as `inputs[2]`; nil for the whole request.
    var field: String?
    let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// A field is not what it has to be.
    init(_ kind: Kind = .field, field: String, _ message: String) {
        self.kind = kind
        self.field = field
        self.message = "\(field): \(message)"
    }
}

extension ScoringError {
    static let overloaded = ScoringError(.overloaded, "too many texts wait for their scores; try again later")
    static let stopping = ScoringError(.unavailable, "the worker stops")

    /// What the server refuses by itself.
    init(status: Int) {
        switch status {
        case 400: self.init(.syntax, "the body is not in chunks as HTTP has them")
        case 408: self.init(.refused(status), "the request did not come in time")
        case 413: self.init(.refused(status), "the body is larger than http.scoring.max.bytes")
        case 417: self.init(.refused(status), "Expect: only 100-continue is known")
        case 503: self.init(.unavailable, "there were no scores within http.scoring.timeout")
        default: self.init(.refused(status), "the request is refused")
        }
    }
}
