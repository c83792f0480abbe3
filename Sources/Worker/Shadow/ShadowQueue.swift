// SPDX-License-Identifier: Apache-2.0

/// Texts that wait for the shadow model: few, and small, for whoever brings one does not wait. Pure.
struct ShadowQueue<Element> {
    private var waiting: [(element: Element, bytes: Int)] = []
    private var bytes = 0

    /// The most that wait.
    static var limits: (count: Int, bytes: Int) { (256, 1 << 20) }

    /// Takes one in.
    /// - Parameter bytes: what it takes, at most.
    /// - Returns: false if there is no room for it.
    mutating func offer(_ element: Element, bytes: Int) -> Bool {
        guard waiting.count < Self.limits.count, bytes <= Self.limits.bytes - self.bytes else { return false }
        waiting.append((element, bytes))
        self.bytes += bytes
        return true
    }

    /// The one that has waited for the longest; nil if none waits.
    mutating func next() -> Element? {
        guard !waiting.isEmpty else { return nil }
        let (element, bytes) = waiting.removeFirst()
        self.bytes -= bytes
        return element
    }
}
