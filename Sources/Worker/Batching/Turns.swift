// SPDX-License-Identifier: Apache-2.0

/// Has some go before others, and those now and then all the same, however many of the first come. Pure.
struct Turns {
    /// How often in a row the first go while others wait.
    let most: Int
    private var taken = 0

    init(most: Int) { self.most = most }

    /// Whether the next is one of the first.
    mutating func areFirstNext(_ first: Int, before others: Int) -> Bool {
        guard first > 0, others > 0 else {
            taken = 0
            return first > 0
        }
        taken = taken < most ? taken + 1 : 0
        return taken > 0
    }
}
