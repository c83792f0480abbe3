// SPDX-License-Identifier: Apache-2.0
import Threading

extension EncoderPool {
    /// Has records take the place of older versions that wait; those of them that have come only now are skipped at once.
    func newest(of items: [InFlight]) -> [InFlight] {
        guard items.contains(where: { $0.comment != nil }) else { return items }
        let (newest, superseded) = state.withLock { state in
            for item in items {
                guard let comment = item.comment else { continue }
                let isNewer = { (other: InFlight) in
                    other.generation == item.generation && other.offset > item.offset
                }
                state.edits.wait(item, as: comment, unless: isNewer)?.standing = .superseded
            }
            return (items.filter { $0.standing == .newest }, items.filter { $0.standing != .newest })
        }
        skip(superseded)
        return newest
    }

    /// Gives back records that a newer version has come for.
    func skip(_ items: [InFlight]) {
        for item in items { item.end(as: .skipped(.superseded)) }
        handBack(items)
    }

    /// Takes note that records have what their results are made of.
    /// - Returns: those that a newer version came for meanwhile.
    func ended(_ items: [InFlight]) -> Set<ObjectIdentifier> {
        guard items.contains(where: { $0.comment != nil }) else { return [] }
        return state.withLock { state in
            for item in items {
                if let comment = item.comment { state.edits.end(item, as: comment) }
            }
            return Set(items.filter { $0.standing == .superseded }.map(ObjectIdentifier.init))
        }
    }
}

extension EncoderPool.State {
    /// A batch is to be encoded, but for records that a newer version has come for. What other records of the same text wait
    /// for is encoded all the same, once.
    mutating func begin(_ windows: [TextWindow]) -> (windows: [TextWindow], dropped: [InFlight]) {
        guard windows.contains(where: { $0.item.standing != .newest || $0.item.comment != nil }) else {
            return (windows, [])
        }
        var dropped: [InFlight] = []
        let kept = windows.filter { window in
            let item = window.item
            if item.standing == .superseded, item.version.cache.withLock({ $0.abandon(item.cacheKey) }) {
                item.standing = .dropped
                dropped.append(item)
            }
            // The first of its windows is begun: a version that comes now comes too late.
            if item.standing == .newest, let comment = item.comment { edits.end(item, as: comment) }
            return item.standing != .dropped
        }
        return (kept, dropped)
    }
}
