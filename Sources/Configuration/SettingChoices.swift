// SPDX-License-Identifier: Apache-2.0

/// How the text lies in a record's value.
package enum InputFormat: String, Sendable, CaseIterable {
    case text
    case json
    case cloudevents
}

/// What makes two texts the same to the cache.
package enum CacheKey: String, Sendable, CaseIterable {
    case tokens
    /// Case and white space make no difference.
    case folded
}

/// Whether the console shows texts.
package enum ConsoleText: String, Sendable, CaseIterable {
    case hidden = "false"
    case shown = "true"
}

/// Which results say what their scores rest on.
package enum Explain: String, Sendable, CaseIterable {
    case off
    /// Those with a decision other than `pass`.
    case decided
    case all
}

/// What several texts of a record are.
package enum InputTexts: String, Sendable, CaseIterable {
    /// One text, a line each.
    case joined
    /// A text each, and all of them together.
    case each
}

/// What stands before the text or the JSON in a value.
package enum InputPrefix: String, Sendable, CaseIterable {
    case none
    /// The five bytes of Confluent's serialisers: a zero, and the number of a schema.
    case confluent
}

/// What becomes of records that the filter does not admit.
package enum OnFiltered: String, Sendable, CaseIterable {
    case forward
    case skip
}

/// What is taken out of texts before the model reads them.
package enum CleaningStep: String, Sendable, CaseIterable {
    case html
    case quotes
    case signature
}

/// What a tagged record looks like.
package enum OutputMode: String, Sendable, CaseIterable {
    case envelope
    case merge
    case headers
    case cloudevents
    /// A CloudEvent that is all in the value.
    case structured = "cloudevents_structured"
}

/// What becomes of null values.
package enum OnTombstone: String, Sendable, CaseIterable {
    case deadLetter = "dead_letter"
    case forward
    case skip
}

/// What becomes of empty texts.
package enum OnEmpty: String, Sendable, CaseIterable {
    case deadLetter = "dead_letter"
    case skip
}

/// Whether texts are scored by HTTP.
package enum HTTPScoring: String, Sendable, CaseIterable {
    case off
    case on
}

/// What happens to a record when the worker crashes.
package enum DeliveryGuarantee: String, Sendable, CaseIterable {
    case atLeastOnce = "at_least_once"
    case exactlyOnce = "exactly_once"
}

/// What is tagged first where a partition is behind.
package enum CatchUpOrder: String, Sendable, CaseIterable {
    case inOrder = "in_order"
    case newestFirst = "newest_first"
}
