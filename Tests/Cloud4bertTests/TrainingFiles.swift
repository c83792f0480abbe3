// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A directory of its own for the files of a test of the commands that make and test models.
final class TrainingFiles {
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// Writes a file and returns its path.
    func file(_ name: String, _ content: String) throws -> String {
        let path = directory.appending(path: name)
        try Data(content.utf8).write(to: path)
        return path.path
    }

    /// The path of what a command writes.
    func path(_ name: String) -> String { directory.appending(path: name).path }

    /// Sixty texts whose labels are plain to see.
    func labelled() throws -> String {
        let rows = (0..<60).map { number in
            ["great work \(number),positive", "this is broken \(number),negative", "see page \(number),neutral"][
                number % 3
            ]
        }
        return try file("train.csv", "text,label\n" + rows.joined(separator: "\n") + "\n")
    }
}

/// What `evaluate --json` writes.
struct Figures: Decodable {
    struct Quality: Decodable {
        let precision: Double
        let recall: Double
        let f1: Double
    }

    struct File: Decodable {
        let file: String
        let accuracy: Double
    }

    let accuracy: Double
    let weighted: Quality
    let macro: Quality
    let classes: [String: Quality]
    let confusion: [[Int]]
    let ece: Double
    let texts_per_second: Double
    let files: [File]?
}
