// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct FileChangesTests {
    private let start = ContinuousClock.now

    /// Whether files are to be read at each of these looks.
    private func looks(
        _ changes: inout FileChanges<Int>,
        _ looks: [(files: [String: Int], seconds: Int)]
    ) -> [Bool] {
        looks.map { changes.look($0.files, at: start + .seconds($0.seconds)) }
    }

    @Test("Files are read once they have changed and rest, and not again until they change")
    func changes() {
        var changes = FileChanges(["cert": 1, "key": 1])
        // The certificate is there, and then its key comes.
        let first = looks(
            &changes,
            [
                (["cert": 1, "key": 1], 0), (["cert": 2, "key": 1], 5), (["cert": 2, "key": 2], 10),
                (["cert": 2, "key": 2], 15),
            ]
        )
        #expect(first == [false, false, false, true])
        changes.tried(isGood: true, at: start)
        let then = looks(&changes, [(["cert": 2, "key": 2], 20), (["cert": 2, "key": 2], 600)])
        #expect(then == [false, false])
    }

    @Test("What cannot be used is tried again after a while, or when it has changed; what is back as it was is not")
    func tries() {
        var changes = FileChanges(["cert": 1])
        #expect(looks(&changes, [([:], 0), ([:], 1)]) == [false, true])
        changes.tried(isGood: false, at: start + .seconds(1))
        #expect(looks(&changes, [([:], 60), ([:], 61)]) == [false, true])
        changes.tried(isGood: false, at: start + .seconds(61))
        #expect(looks(&changes, [(["cert": 2], 62), (["cert": 2], 63)]) == [false, true])
        changes.tried(isGood: false, at: start + .seconds(63))
        #expect(looks(&changes, [(["cert": 1], 64), (["cert": 1], 600)]) == [false, false])
    }
}
