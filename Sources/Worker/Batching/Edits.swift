// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Which versions of one comment wait for an encoder, so that only the newest of them is encoded. Pure.
///
/// Only records of one partition are versions of each other: of others it is not known which is newer. It holds what waits,
/// and no more.
struct Edits<Item: AnyObject> {
    /// A comment, as one partition has it.
    struct Comment: Hashable {
        let partition: TopicPartition
        let key: [UInt8]
    }

    private var newest: [Comment: Item] = [:]

    /// Comments of which a version waits.
    var count: Int { newest.count }

    /// A version waits from now on.
    /// - Parameter isNewer: whether the one that waits is newer than this one, as where this one was jumped over.
    /// - Returns: the version that another takes the place of.
    mutating func wait(_ item: Item, as comment: Comment, unless isNewer: (Item) -> Bool = { _ in false }) -> Item? {
        if let waiting = newest[comment], isNewer(waiting) { return item }
        return newest.updateValue(item, forKey: comment)
    }

    /// A version does not wait any more: an encoder has it, or it has its result.
    mutating func end(_ item: Item, as comment: Comment) {
        if newest[comment] === item { newest[comment] = nil }
    }
}
