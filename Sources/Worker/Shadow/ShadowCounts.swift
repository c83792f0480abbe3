// SPDX-License-Identifier: Apache-2.0

/// How often the shadow model says what the live one says.
struct ShadowCounts: Equatable {
    /// A label that the live model gave, and the other one that the shadow model gave.
    struct Flip: Hashable {
        let live: String
        let shadow: String

        /// Stands for those that there is no room for.
        static let other = Flip(live: "other", shadow: "other")
    }

    private(set) var agreed = 0
    private(set) var flips: [Flip: Int] = [:]
    /// Records that there was no room for, as the shadow model was behind.
    var dropped = 0
    /// Records that the shadow model says nothing of: too many tokens, say, where such texts are refused.
    var failed = 0

    /// Both models have scored a record.
    mutating func compare(live: String, shadow: String) {
        if live == shadow { agreed += 1 } else { flips.count(Flip(live: live, shadow: shadow), other: .other) }
    }
}
