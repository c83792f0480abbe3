// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A parser of bytes that others wrote. It may refuse them, but must come to an end in moderate time and memory, and what
/// it makes of them must hold what it promises: each says so with preconditions.
struct Parser: Sendable {
    let name: String
    let parse: @Sendable ([UInt8]) -> Void

    /// All of them; `.ci/fuzz` reads the names here.
    static let all: [Parser] = [
        .safetensors, .torch, .config, .tokenizer, .vocabulary, .wordPiece,
        .dataset,
        .event, .result, .envelope, .correction, .letter, .committed,
        .properties, .http, .body, .question,
    ]

    /// The one that the variable `FUZZ` names.
    static let chosen: Parser = {
        let name = ProcessInfo.processInfo.environment["FUZZ"] ?? ""
        guard let parser = all.first(where: { $0.name == name }) else {
            fatalError("FUZZ must be one of: \(all.map(\.name).joined(separator: " "))")
        }
        return parser
    }()
}

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    Parser.chosen.parse(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

/// A directory of this process's own, for parsers that read files.
enum Scratch {
    private static let directory: String = {
        let path = FileManager.default.temporaryDirectory.appending(path: "cloud4bert-fuzz-\(getpid())").path
        guard mkdir(path, 0o700) == 0 else { fatalError("\(path) cannot be made") }
        return path
    }()

    /// Writes files in place of those that were there before, and returns the directory.
    static func holding(_ files: [String: some Collection<UInt8>]) -> String {
        for (name, bytes) in files {
            guard let file = fopen("\(directory)/\(name)", "w") else { fatalError("\(name) cannot be written") }
            let bytes = Array(bytes)
            fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }
        return directory
    }
}

extension [UInt8] {
    /// The parts between bytes 0xFF, which no text has; the last has the rest.
    func parts(_ count: Int) -> [ArraySlice<UInt8>] {
        let parts = split(separator: 0xFF, maxSplits: count - 1, omittingEmptySubsequences: false)
        return parts + Array<ArraySlice<UInt8>>(repeating: [], count: count - parts.count)
    }
}
