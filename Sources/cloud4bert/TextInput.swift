// SPDX-License-Identifier: Apache-2.0
import Bert
import Files
import Glibc
import JSON

/// The texts that a model command works on: its arguments, or standard input a line each.
struct TextInput {
    /// Each line is a JSON object with `text`, which may hold line breaks.
    let isJSONLines: Bool
    let arguments: [String]

    init(_ invocation: Invocation) throws {
        isJSONLines = invocation.has("jsonl")
        arguments = invocation.arguments
        if isJSONLines, !arguments.isEmpty {
            throw UsageError("--jsonl reads standard input; texts as arguments do not go with it")
        }
    }

    /// Hands the texts over in order, as many at once as there are without waiting.
    func forEachBatch(_ body: ([String]) throws -> Void) throws {
        guard arguments.isEmpty else { return try body(arguments) }
        var lines = LineReader(descriptor: STDIN_FILENO)
        var number = 0
        while let batch = try lines.next() {
            var texts: [String] = []
            for line in batch {
                number += 1
                do {
                    let line = number == 1 ? try InputFile.utf8(line, path: "standard input") : line
                    texts.append(try text(of: line, number))
                } catch {
                    // What came before the bad line gets its answer first.
                    if !texts.isEmpty { try body(texts) }
                    throw error
                }
            }
            if !texts.isEmpty { try body(texts) }
        }
    }

    private func text(of line: [UInt8], _ number: Int) throws -> String {
        guard isJSONLines else {
            guard let text = String(validating: line, as: UTF8.self) else {
                throw InputError("standard input, line \(number): not UTF-8")
            }
            return text
        }
        do throws(JSONFailure) {
            if case .text(let text) = try JSONPointer.root.then("text").find(in: line) { return text }
        } catch {
            throw InputError("standard input, line \(number): \(error)")
        }
        throw InputError("standard input, line \(number): not a JSON object with a string 'text'")
    }
}

/// Reads a stream line by line, whole lines as they come.
struct LineReader {
    private let descriptor: Int32
    private var rest: [UInt8] = []
    private var isAtEnd = false
    private static let chunk = 64 * 1024

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Waits for input and returns the lines that are there then, perhaps none; nil at the end.
    mutating func next() throws -> [[UInt8]]? {
        guard !isAtEnd else { return nil }
        var buffer = [UInt8](repeating: 0, count: Self.chunk)
        let count = buffer.withUnsafeMutableBytes { Descriptor.read(descriptor, into: $0) }
        guard count >= 0 else { throw InputError("standard input: \(String(cString: strerror(errno)))") }
        guard count > 0 else {
            isAtEnd = true
            return rest.isEmpty ? nil : [Self.withoutReturn(rest)]
        }
        var pieces = buffer[..<count].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let last = pieces.removeLast()
        var lines: [[UInt8]] = []
        for piece in pieces {
            lines.append(Self.withoutReturn(rest + piece))
            rest = []
        }
        rest += last
        return lines
    }

    private static func withoutReturn(_ line: [UInt8]) -> [UInt8] {
        line.last == UInt8(ascii: "\r") ? Array(line.dropLast()) : line
    }
}
