// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

@testable import Bert

/// Files for the tests of `Weights`: the golden ones, and directories made for one test.
enum WeightsFixture {
    /// Path of a file or folder of `Golden`.
    static func path(_ name: String) -> String {
        Bundle.module.bundleURL.appending(path: "Golden/\(name)").path(percentEncoded: false)
    }

    /// The bytes of a golden file.
    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path(name))))
    }

    /// Runs `body` with the path of a directory that holds `files`, and removes it afterwards.
    static func withDirectory<Result>(_ files: [String: [UInt8]], _ body: (String) throws -> Result) throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(path: "weights-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, bytes) in files { try Data(bytes).write(to: directory.appending(path: name)) }
        return try body(directory.path(percentEncoded: false))
    }

    /// The weights in `bytes`, as if they were a file's.
    static func weights(_ bytes: [UInt8], isTorch: Bool = false) throws(FileError) -> Weights {
        try Weights(file: MappedFile(path: "memory", data: Data(bytes)), isTorch: isTorch)
    }

    /// A safetensors file of this header and `dataCount` bytes 0, 1, 2….
    static func safetensors(_ header: String, dataCount: Int = 0) -> [UInt8] {
        safetensors(header, data: (0..<dataCount).map { UInt8(truncatingIfNeeded: $0) })
    }

    /// A safetensors file of this header and data.
    static func safetensors(_ header: String, data: [UInt8]) -> [UInt8] {
        littleEndian(header.utf8.count, width: 8) + Array(header.utf8) + data
    }

    static func littleEndian(_ value: Int, width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// The error that `body` throws, nil where it throws none.
    static func error<Result>(of body: () throws(FileError) -> Result) -> FileError? {
        do throws(FileError) {
            _ = try body()
            return nil
        } catch {
            return error
        }
    }
}
