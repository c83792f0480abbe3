// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Reads the lines of whatever can be read, a file, a pipe, standard input, in blocks of whole ones, as they come.
package struct LineBlocks: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private var rest: [UInt8] = []
    private var (isFirst, isAtEnd) = (true, false)
    /// Bytes of the blocks that were handed out.
    package private(set) var position: Int64 = 0

    /// Bytes that are read at once.
    private static let blockBytes = 4 << 20
    /// Far more than any line of text has, and far less than memory.
    private static let maxLineBytes = 256 << 20

    /// Opens a file; of a pipe, no matter whether somebody writes to it yet.
    /// - Throws: `FileError` of the kind `.missing`.
    package init(_ path: String) throws(FileError) {
        self.path = path
        descriptor = try InputFile.opened(path, flags: O_NONBLOCK)
    }

    /// Waits until there is something to read, or the end; false if there is neither in time.
    package func isReady(within time: Duration) -> Bool { wait(milliseconds: Int32(time / .milliseconds(1))) }

    private func wait(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) != 0
    }

    deinit { close(descriptor) }

    /// Waits for input and returns the whole lines that are there then, each with its end but perhaps the file's last; nil at
    /// the end. A byte order mark at the beginning is left out.
    ///
    /// - Throws: also where the text is UTF-16 or UTF-32, or it is none, or a line takes all memory.
    package mutating func next() throws(FileError) -> [UInt8]? {
        while !isAtEnd {
            var chunk = try read()
            isAtEnd = chunk.isEmpty
            if isFirst {
                chunk = try InputFile.utf8(chunk, path: path)
                try InputFile.checkText(chunk, path: path)
            }
            isFirst = isFirst && chunk.isEmpty
            if let end = chunk.lastIndex(of: UInt8(ascii: "\n")) {
                let block = rest + chunk[...end]
                rest = Array(chunk[(end + 1)...])
                return handOut(block)
            }
            rest += chunk
            guard rest.count <= Self.maxLineBytes else {
                let limit = Self.maxLineBytes
                throw FileError(.invalid, path: path, "has a line of more than \(limit) bytes, which is the limit")
            }
        }
        defer { rest = [] }
        return rest.isEmpty ? nil : handOut(rest)
    }

    private mutating func handOut(_ block: [UInt8]) -> [UInt8] {
        position += Int64(block.count)
        return block
    }

    /// What is there, at most a block; nothing at the end.
    private func read() throws(FileError) -> [UInt8] {
        // A pipe that nobody has written to yet would be at its end.
        while !wait(milliseconds: -1) {}
        var code: Int32 = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: Self.blockBytes) { buffer, count in
            let read = Descriptor.read(descriptor, into: UnsafeMutableRawBufferPointer(buffer))
            if read < 0 { code = errno }
            count = max(read, 0)
        }
        guard code == 0 else { throw InputFile.failure(path, "read", code) }
        return chunk
    }
}

extension ArraySlice<UInt8> {
    /// Its lines without their ends, of Unix or Windows; an empty one behind the last end is none.
    package var lines: [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = startIndex
        while start < endIndex {
            let end = endOfLine(from: start)
            let hasReturn = end > start && self[end - 1] == UInt8(ascii: "\r")
            lines.append(self[start..<(hasReturn ? end - 1 : end)])
            start = end + 1
        }
        return lines
    }

    private func endOfLine(from start: Int) -> Int {
        withUnsafeBytes { bytes in
            guard let first = bytes.baseAddress else { return endIndex }
            let from = first + (start - startIndex)
            guard let end = memchr(from, Int32(UInt8(ascii: "\n")), endIndex - start) else { return endIndex }
            return start + (UnsafeRawPointer(end) - from)
        }
    }
}
