// SPDX-License-Identifier: Apache-2.0

import Files
import FoundationEssentials

/// The safetensors format: 8 bytes (u64, little-endian) with the length of a JSON header, the header, then the data.
/// The header maps each tensor's name to `{"dtype", "shape", "data_offsets": [begin, end]}`, offsets counted from the end of
/// the header. Format: https://huggingface.co/docs/safetensors
package enum Safetensors {
    /// Longest header that is read, in bytes: the reference implementation's limit.
    static let maxHeaderBytes = 100_000_000

    /// The tensors of `file`, by name.
    ///
    /// As in the reference implementation, the tensors must fill the data exactly, without gap or overlap. That also finds
    /// most duplicate names: the JSON decoder keeps one of them, and the bytes of the other become a gap.
    static func tensors(in file: MappedFile) throws(FileError) -> [String: StoredTensor] {
        let (header, data) = try split(file)
        let entries = try file.decode(Header.self, in: header, what: "the safetensors header").entries

        var tensors: [String: StoredTensor] = [:]
        var end = 0
        for (name, entry) in entries.sorted(by: { ($0.value.begin, $0.value.end) < ($1.value.begin, $1.value.end) }) {
            guard let element = ElementType(rawValue: entry.dtype) else {
                let reason = "has the unknown dtype \(entry.dtype.quotedInMessage)"
                throw file.error(.unsupported, "tensor \(name.quotedInMessage) \(reason)")
            }
            guard entry.begin == end, entry.begin <= entry.end, entry.end <= data.count else {
                let offsets = "data_offsets [\(entry.begin), \(entry.end)]"
                let expected = "expected to begin at \(end) and to end by \(data.count); is the file cut short?"
                throw file.error(.invalid, "tensor \(name.quotedInMessage) has \(offsets), \(expected)")
            }
            end = entry.end
            let bytes = data.lowerBound + entry.begin..<data.lowerBound + entry.end
            tensors[name] = try StoredTensor(file: file, name: name, element: element, shape: entry.shape, bytes: bytes)
        }
        guard end == data.count else {
            throw file.error(.invalid, "the header accounts for \(end) bytes of data, but the file has \(data.count)")
        }
        return tensors
    }

    /// The header's `__metadata__`; empty where there is none.
    static func metadata(in file: MappedFile) throws(FileError) -> [String: String] {
        let (header, _) = try split(file)
        return try file.decode(HeaderMetadata.self, in: header, what: "the safetensors header").metadata ?? [:]
    }

    /// The header's and the data's place in the file.
    private static func split(_ file: MappedFile) throws(FileError) -> (header: Range<Int>, data: Range<Int>) {
        guard let length = file.integer(at: 0, width: 8), length <= maxHeaderBytes,
            let header = file.range(at: 8, length: length)
        else {
            let reason = "is not a safetensors file, or is cut short"
            throw file.error(.invalid, "\(reason): no header of at most \(maxHeaderBytes) bytes")
        }
        return (header, header.upperBound..<file.count)
    }
}

/// The JSON header: entries by tensor name, and `__metadata__`, which nothing here needs.
private struct Header: Decodable {
    var entries: [String: Entry] = [:]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        for name in container.allKeys where name.stringValue != "__metadata__" {
            entries[name.stringValue] = try container.decode(Entry.self, forKey: name)
        }
    }
}

private struct HeaderMetadata: Decodable {
    let metadata: [String: String]?

    enum CodingKeys: String, CodingKey {
        case metadata = "__metadata__"
    }
}

private struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let begin: Int
    let end: Int

    enum CodingKeys: String, CodingKey {
        case dtype
        case shape
        case offsets = "data_offsets"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        dtype = try container.decode(String.self, forKey: .dtype)
        shape = try container.decodePlaced([Int].self, forKey: .shape)
        let offsets = try container.decodePlaced([Int].self, forKey: .offsets)
        guard offsets.count == 2 else {
            throw DecodingError.dataCorruptedError(
                forKey: .offsets,
                in: container,
                debugDescription: "Expected two offsets."
            )
        }
        (begin, end) = (offsets[0], offsets[1])
    }
}

/// A tensor's name as a key of the header.
private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
