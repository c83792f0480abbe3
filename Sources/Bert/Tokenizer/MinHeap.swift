// SPDX-License-Identifier: Apache-2.0

/// Numbers of which the least comes out first: a binary heap in an array.
struct MinHeap {
    private var numbers: [UInt64] = []

    mutating func removeAll() { numbers.removeAll(keepingCapacity: true) }

    mutating func push(_ number: UInt64) {
        numbers.append(number)
        var child = numbers.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard number < numbers[parent] else { break }
            numbers[child] = numbers[parent]
            child = parent
        }
        numbers[child] = number
    }

    mutating func pop() -> UInt64? {
        guard let least = numbers.first, let last = numbers.popLast() else { return nil }
        guard !numbers.isEmpty else { return least }
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < numbers.count else { break }
            if child + 1 < numbers.count, numbers[child + 1] < numbers[child] { child += 1 }
            guard numbers[child] < last else { break }
            numbers[parent] = numbers[child]
            parent = child
        }
        numbers[parent] = last
        return least
    }
}
