// SPDX-License-Identifier: Apache-2.0

/// Writes what `torch.save` writes, with parts that it would not write.
struct TorchArchive {
    var entries: [(name: String, bytes: [UInt8])] = []
    /// 0: stored; 8: deflated.
    var method = 0
    var flags = 0
    /// Whether sizes and offsets are in 64-bit fields.
    var isZip64 = false
    var comment: [UInt8] = []

    /// An archive of this pickle and of storages by key.
    init(pickle: [UInt8], storages: [String: [UInt8]] = [:]) {
        entries = [("archive/data.pkl", pickle)] + storages.map { ("archive/data/\($0.key)", $0.value) }
    }

    /// The zip file.
    var bytes: [UInt8] {
        func field(_ value: Int, _ width: Int) -> [UInt8] { WeightsFixture.littleEndian(value, width: width) }
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for (name, bytes) in entries {
            let offset = file.count
            // An extra field in the local header alone, as torch aligns storages.
            let padding = [UInt8](repeating: 0x5A, count: 7)
            file += [0x50, 0x4B, 3, 4] + field(0, 2) + field(flags, 2) + field(method, 2) + field(0, 8)
            file += field(bytes.count, 4) + field(bytes.count, 4) + field(name.utf8.count, 2)
            file +=
                field(4 + padding.count, 2) + Array(name.utf8) + [0x46, 0x42] + field(padding.count, 2) + padding
                + bytes

            let wide = field(bytes.count, 8) + field(bytes.count, 8) + field(offset, 8)
            // Another field before zip64's, to be skipped.
            let extra = isZip64 ? [0x46, 0x42] + field(2, 2) + [1, 2] + [1, 0] + field(wide.count, 2) + wide : []
            directory += [0x50, 0x4B, 1, 2] + field(0, 4) + field(flags, 2) + field(method, 2) + field(0, 8)
            directory += isZip64 ? field(-1, 8) : field(bytes.count, 4) + field(bytes.count, 4)
            directory += field(name.utf8.count, 2) + field(extra.count, 2) + field(0, 10)
            directory += (isZip64 ? field(-1, 4) : field(offset, 4)) + Array(name.utf8) + extra
        }
        let start = file.count
        file += directory
        if isZip64 {
            let end64 = file.count
            file += [0x50, 0x4B, 6, 6] + field(44, 8) + field(0, 4) + field(0, 8) + field(entries.count, 8)
            file += field(entries.count, 8) + field(directory.count, 8) + field(start, 8)
            file += [0x50, 0x4B, 6, 7] + field(0, 4) + field(end64, 8) + field(1, 4)
        }
        file +=
            [0x50, 0x4B, 5, 6] + field(0, 4)
            + (isZip64 ? field(-1, 4) : field(entries.count, 2) + field(entries.count, 2))
        file +=
            (isZip64 ? field(-1, 8) : field(directory.count, 4) + field(start, 4)) + field(comment.count, 2) + comment
        return file
    }
}
