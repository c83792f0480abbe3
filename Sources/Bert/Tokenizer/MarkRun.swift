// SPDX-License-Identifier: Apache-2.0

/// Marks that wait for the end of their run, to be put in canonical order (Unicode 3.11).
struct MarkRun {
    private var marks: [Mark] = []

    struct Mark {
        let scalar: UInt32
        /// The canonical combining class.
        let order: UInt32
        /// What `Rewriting` counts the text's change by.
        let change: Int
    }

    var isEmpty: Bool { marks.isEmpty }

    mutating func append(_ mark: Mark) { marks.append(mark) }

    /// Hands the marks over in order, and forgets them.
    mutating func drain(_ body: (Mark) -> Void) {
        // A stable sort by class; there are few, so that a pass for each keeps it linear.
        for order in Set(marks.map(\.order)).sorted() {
            for mark in marks where mark.order == order { body(mark) }
        }
        marks.removeAll(keepingCapacity: true)
    }
}
