// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The table of contents of a zip archive whose entries are stored, not compressed, as `torch.save` writes them.
///
/// Entries are found by the central directory at the end of the file, so a file that is cut short is refused. The CRC-32s
/// are not checked: PyTorch does not check them either, and since 2.6 it can be told not to compute them.
/// Format: PKWARE's APPNOTE.TXT 6.3, sections 4.3 and 4.5.3.
struct ZipArchive {
    private let file: MappedFile
    private var entries: [String: Entry] = [:]

    /// One record of the central directory.
    private struct Entry {
        var isEncrypted: Bool
        /// 0: stored.
        var method: Int
        var storedSize: Int
        var size: Int
        /// Offset of the entry's local header in the file.
        var header: Int
    }

    private enum Signature {
        static let localHeader = 0x0403_4B50
        static let centralHeader = 0x0201_4B50
        static let end64 = 0x0606_4B50
        static let end64Locator = 0x0706_4B50
    }

    /// Reads the table of contents.
    init(_ file: MappedFile) throws(FileError) {
        self.file = file
        var (count, size, offset) = try Self.directory(of: file)
        guard let directory = file.range(at: offset, length: size) else { throw Self.broken(file) }
        // A header takes 46 bytes and a name, so that a made-up count ends here soon.
        while count > 0 {
            guard offset + 46 <= directory.upperBound else { throw Self.broken(file) }
            offset += try addEntry(at: offset, until: directory.upperBound)
            count -= 1
        }
    }

    /// The names of the entries, in no order.
    var names: some Collection<String> { entries.keys }

    /// Where the entry's bytes lie in the file; nil where there is no entry of that name.
    func bytes(of name: String) throws(FileError) -> Range<Int>? {
        guard let entry = entries[name] else { return nil }
        guard entry.method == 0, !entry.isEncrypted, entry.size == entry.storedSize else {
            let reason = entry.isEncrypted ? "is encrypted" : "is compressed (method \(entry.method))"
            throw file.error(
                .unsupported,
                "the zip entry \(name.quotedInMessage) \(reason); torch.save stores entries as they are: load the file "
                    + "in PyTorch and save it again"
            )
        }
        // The local header repeats the name and has an extra field of its own length, by which torch aligns the data.
        guard try integer(at: entry.header, width: 4) == Signature.localHeader,
            let bytes = file.range(
                at: entry.header + 30 + (try integer(at: entry.header + 26, width: 2))
                    + (try integer(at: entry.header + 28, width: 2)),
                length: entry.size
            )
        else { throw Self.broken(file) }
        return bytes
    }

    /// Adds the record at `offset` of the central directory and returns its length.
    private mutating func addEntry(at offset: Int, until end: Int) throws(FileError) -> Int {
        let nameLength = try integer(at: offset + 28, width: 2)
        let extraLength = try integer(at: offset + 30, width: 2)
        let length = 46 + nameLength + extraLength + (try integer(at: offset + 32, width: 2))
        guard try integer(at: offset, width: 4) == Signature.centralHeader, offset + length <= end else {
            throw Self.broken(file)
        }
        let name = file.withBytes(in: offset + 46..<offset + 46 + nameLength) { String(validating: $0, as: UTF8.self) }
        guard let name else { throw file.error(.invalid, "a zip entry's name is not UTF-8") }
        var entry = Entry(
            isEncrypted: try integer(at: offset + 8, width: 2) & 1 != 0,
            method: try integer(at: offset + 10, width: 2),
            storedSize: try integer(at: offset + 20, width: 4),
            size: try integer(at: offset + 24, width: 4),
            header: try integer(at: offset + 42, width: 4)
        )
        let extra = offset + 46 + nameLength
        try widen(&entry, by: extra..<extra + extraLength)
        guard entry.header <= file.count else { throw Self.broken(file) }
        guard entries.updateValue(entry, forKey: name) == nil else {
            throw file.error(.invalid, "has two zip entries named \(name.quotedInMessage)")
        }
        return length
    }

    /// Replaces the sizes and the offset that are all ones by the 64-bit values of the extra field with id 1 (zip64), which
    /// holds just the replaced ones, in this order.
    private func widen(_ entry: inout Entry, by extra: Range<Int>) throws(FileError) {
        let fields: [WritableKeyPath<Entry, Int>] = [\.size, \.storedSize, \.header].filter {
            entry[keyPath: $0] == 0xFFFF_FFFF
        }
        var offset = extra.lowerBound
        while !fields.isEmpty, offset + 4 <= extra.upperBound {
            let id = try integer(at: offset, width: 2)
            let end = offset + 4 + (try integer(at: offset + 2, width: 2))
            guard end <= extra.upperBound else { throw Self.broken(file) }
            if id == 1 {
                guard offset + 4 + 8 * fields.count <= end else { throw Self.broken(file) }
                for (index, field) in fields.enumerated() {
                    entry[keyPath: field] = try integer(at: offset + 4 + 8 * index, width: 8)
                }
                return
            }
            offset = end
        }
    }

    /// The central directory's number of records, length and offset, from the record at the end of the file.
    private static func directory(of file: MappedFile) throws(FileError) -> (count: Int, size: Int, offset: Int) {
        guard let end = endRecord(of: file) else {
            throw file.error(.invalid, "is not a zip archive, or is cut short: its table of contents is missing")
        }
        func value(_ offset: Int, _ width: Int) throws(FileError) -> Int {
            guard let value = file.integer(at: offset, width: width) else { throw broken(file) }
            return value
        }
        guard end >= 20, file.integer(at: end - 20, width: 4) == Signature.end64Locator else {
            return (try value(end + 10, 2), try value(end + 12, 4), try value(end + 16, 4))
        }
        let end64 = try value(end - 12, 8)
        guard end64 <= end, try value(end64, 4) == Signature.end64 else { throw broken(file) }
        return (try value(end64 + 32, 8), try value(end64 + 40, 8), try value(end64 + 48, 8))
    }

    /// Offset of the end-of-central-directory record: 22 bytes, then a comment of up to 65,535 that ends the file.
    private static func endRecord(of file: MappedFile) -> Int? {
        let tail = max(0, file.count - 22 - 0xFFFF)..<file.count
        return file.withBytes(in: tail) { bytes in
            let signature: [UInt8] = [0x50, 0x4B, 5, 6]
            return (0..<max(0, bytes.count - 21)).last { offset in
                bytes[offset] == signature[0] && bytes[offset..<offset + 4].elementsEqual(signature)
                    && Int(bytes[offset + 20]) | Int(bytes[offset + 21]) << 8 == bytes.count - 22 - offset
            }
        }.map { tail.lowerBound + $0 }
    }

    private func integer(at offset: Int, width: Int) throws(FileError) -> Int {
        guard let value = file.integer(at: offset, width: width) else { throw Self.broken(file) }
        return value
    }

    private static func broken(_ file: MappedFile) -> FileError {
        file.error(.invalid, "has a broken zip table of contents; is the file damaged or cut short?")
    }
}
