// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The format of `torch.save` before PyTorch 1.6, as it still writes it with `_use_new_zipfile_serialization=False`: five
/// pickles one after the other, then the storages.
///
/// The pickles are a number by which the format is known, its version, what the machine was like, the dictionary of tensors,
/// and the storages' keys in the order in which they follow: each as its number of elements, 8 bytes, and its bytes.
enum LegacyTorchCheckpoint {
    /// The number 0x1950a86a20f9469cfc6c as a pickle, without the version of its protocol.
    private static let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    private static let version = 1001

    /// Whether a file is of this format.
    static func begins(_ file: MappedFile) -> Bool { (2...5).contains { file.starts(with: [0x80, $0] + magic) } }

    /// The tensors of the state dictionary in `file`, by name.
    static func tensors(in file: MappedFile) throws(FileError) -> [String: StoredTensor] {
        let start = 2 + magic.count
        let end = min(file.count, start + TorchCheckpoint.maxPickleBytes)
        var unpickler = Unpickler(pickle: file.withBytes(in: start..<end) { [UInt8]($0) }, path: file.path)
        guard try unpickler.number() == version else {
            throw file.error(.unsupported, "is of another version of PyTorch's old format than \(version)")
        }
        guard try unpickler.flag("little_endian") else {
            throw file.error(
                .unsupported,
                "its numbers are not little-endian; convert it to safetensors on a common machine"
            )
        }
        let dictionary = try unpickler.stateDictionary()
        let sizes = unpickler.storages
        let keys = try unpickler.strings()

        var storages: [String: Range<Int>] = [:]
        var offset = start + unpickler.position
        for key in keys {
            guard let storage = sizes[key] else {
                throw file.error(.invalid, "lists the storage \(key.quotedInMessage), which no tensor is in")
            }
            let bytes = try bytes(of: storage, at: offset, in: file)
            guard storages.updateValue(bytes, forKey: key) == nil else {
                throw file.error(.invalid, "lists the storage \(key.quotedInMessage) twice")
            }
            offset = bytes.upperBound
        }
        var tensors: [String: StoredTensor] = [:]
        for (name, tensor) in dictionary {
            guard let bytes = storages[tensor.storage.key] else {
                let reason = "lies in the storage \(tensor.storage.key.quotedInMessage), which is not there"
                throw file.error(.invalid, "tensor \(name.quotedInMessage) \(reason)")
            }
            tensors[name] = try tensor.stored(in: bytes, of: file, named: name)
        }
        return tensors
    }

    /// Where a storage's elements lie, whose number stands at `offset`.
    private static func bytes(
        of storage: PickledStorage,
        at offset: Int,
        in file: MappedFile
    ) throws(FileError) -> Range<Int> {
        let (size, overflow) = storage.count.multipliedReportingOverflow(by: storage.element.byteCount)
        guard file.integer(at: offset, width: 8) == storage.count, !overflow,
            let range = file.range(at: offset + 8, length: size)
        else {
            let expected = "expected \(storage.count) elements of \(storage.element.rawValue) at \(offset)"
            throw file.error(
                .invalid,
                "the storage \(storage.key.quotedInMessage) is not what its pickle says: \(expected); is the file cut short?"
            )
        }
        return range
    }
}
