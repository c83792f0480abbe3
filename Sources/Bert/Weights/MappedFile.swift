// SPDX-License-Identifier: Apache-2.0

import Files
import FoundationEssentials
import Glibc

/// A file mapped read-only into memory, read only by bounds-checked offsets.
///
/// The map is shared with the page cache, so that several workers on one machine hold the weights once. A file that is
/// cut short *while* it is mapped ends the process (SIGBUS): replace model files by renaming, never in place.
struct MappedFile: Sendable {
    let path: String
    private let data: Data

    /// Maps the file at `path`; symbolic links are followed, since Hugging Face's cache is made of them.
    init(_ path: String) throws(FileError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw FileError(.missing, path: path, "cannot be opened: \(String(cString: strerror(errno)))")
        }
        // Opening a pipe would wait for a writer for ever, and a device may have no end.
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(.invalid, path: path, "is not a regular file")
        }
        // Foundation reads an empty file into a buffer that it never frees (Swift 6.3, by LeakSanitizer).
        guard status.st_size > 0 else {
            self.init(path: path, data: Data())
            return
        }
        do {
            self.init(path: path, data: try Data(contentsOf: URL(filePath: path), options: .alwaysMapped))
        } catch {
            throw FileError(.missing, path: path, "cannot be read: \(error)")
        }
    }

    init(path: String, data: Data) {
        self.path = path
        self.data = data
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    /// Length of the file in bytes.
    var count: Int { data.count }

    func error(_ kind: FileError.Kind, _ reason: String) -> FileError {
        FileError(kind, path: path, reason)
    }

    /// The bytes of `range`, which the caller has checked to lie in `0..<count`; valid only inside `body`.
    func withBytes<Result>(in range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        data.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// The range of `length` bytes from `offset`, or nil where the file ends before.
    func range(at offset: Int, length: Int) -> Range<Int>? {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
        return offset..<offset + length
    }

    /// Whether the file begins with `bytes`.
    func starts(with bytes: some Collection<UInt8>) -> Bool {
        guard let range = range(at: 0, length: bytes.count) else { return false }
        return withBytes(in: range) { $0.elementsEqual(bytes) }
    }

    /// The unsigned little-endian integer of `width` (1…8) bytes at `offset`, or nil where the file ends before or where
    /// the value is over `Int.max`.
    func integer(at offset: Int, width: Int) -> Int? {
        guard let range = range(at: offset, length: width) else { return nil }
        return Int(exactly: withBytes(in: range) { $0.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } })
    }

    /// Decodes the JSON of `range`, or of the whole file; `what` names it in the error.
    func decode<Value: Decodable>(
        _ type: Value.Type,
        in range: Range<Int>? = nil,
        what: String
    ) throws(FileError) -> Value {
        let range = range ?? 0..<count
        do {
            return try JSONDecoder().decode(
                type,
                from: data[data.startIndex + range.lowerBound..<data.startIndex + range.upperBound]
            )
        } catch let failure as DecodingError {
            throw error(.invalid, "\(what) is broken: \(failure.reason)")
        } catch {
            throw self.error(.invalid, "\(what) is broken: \(error)")
        }
    }
}

extension DecodingError {
    /// Where in the document, and what is wrong there, in one line.
    fileprivate var reason: String {
        let (context, last): (Context, (any CodingKey)?) =
            switch self {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context, nil)
            case .keyNotFound(let key, let context): (context, key)
            @unknown default: (Context(codingPath: [], debugDescription: "\(self)"), nil)
            }
        let keys = (context.codingPath + (last.map { [$0] } ?? [])).map {
            $0.intValue.map(String.init) ?? $0.stringValue
        }
        let place = keys.isEmpty ? "" : "at \(keys.joined(separator: ".").quotedInMessage): "
        return place + context.debugDescription.clippedForMessage
    }
}
