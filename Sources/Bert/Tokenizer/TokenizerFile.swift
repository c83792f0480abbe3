// SPDX-License-Identifier: Apache-2.0

import Files
import FoundationEssentials
import Glibc

/// Reads the files of a tokenizer, none of which is large.
enum TokenizerFile {
    /// Far above any real one: the largest vocabularies of half a million pieces take about 12 MB of JSON.
    static let maxBytes = 64 << 20

    /// The file's bytes, which are valid UTF-8 without a byte order mark, or nil if there is no such file.
    static func read(_ path: String) throws(FileError) -> [UInt8]? {
        // Not to wait for the writer of a pipe, which is refused below.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw FileError(.missing, path: path, "cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(.invalid, path: path, "is not a regular file")
        }
        guard status.st_size <= maxBytes else {
            throw FileError(.invalid, path: path, "has \(status.st_size) bytes; the limit is \(maxBytes)")
        }
        // One byte more than it should have, to see whether it grew meanwhile.
        var failure: Int32 = 0
        let wanted = Int(status.st_size) + 1
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { space, filled in
            while filled < wanted, let start = space.baseAddress {
                let got = Glibc.read(file, start + filled, wanted - filled)
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                filled += got
            }
        }
        guard failure == 0 else {
            throw FileError(.missing, path: path, "cannot be read: \(String(cString: strerror(failure)))")
        }
        guard bytes.count < wanted else { throw FileError(.invalid, path: path, "grew while it was read") }
        let text = try InputFile.utf8(bytes, path: path)
        guard String(validating: text, as: UTF8.self) != nil else {
            throw FileError(.invalid, path: path, "is not UTF-8")
        }
        return text
    }

    /// Decodes JSON, and says where in it something is wrong.
    static func decode<Content: Decodable>(
        _ type: Content.Type,
        from bytes: [UInt8],
        path: String
    ) throws(FileError) -> Content {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            let (context, what) =
                switch error {
                case .keyNotFound(let key, let context):
                    (context, "\"\(key.stringValue.clippedForMessage)\" is missing")
                case .typeMismatch(let type, let context): (context, "is not a \(type)")
                case .valueNotFound(_, let context): (context, "is null")
                case .dataCorrupted(let context): (context, context.debugDescription)
                @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), "\(error)")
                }
            let place = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
            let field = place.isEmpty ? "" : "\(place.joined(separator: ".").clippedForMessage): "
            throw FileError(.invalid, path: path, field + what)
        } catch {
            throw FileError(.invalid, path: path, "is not JSON: \(error)")
        }
    }
}
