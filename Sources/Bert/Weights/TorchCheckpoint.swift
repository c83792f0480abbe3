// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The format of `torch.save` since PyTorch 1.6: a zip archive with a pickle, `NAME/data.pkl`, of the dictionary of
/// tensors, and each tensor's storage as an entry `NAME/data/KEY`.
enum TorchCheckpoint {
    /// Longest pickle that is read, in bytes. A state dictionary takes about 200 a tensor.
    static let maxPickleBytes = 4 << 20

    /// The tensors of the state dictionary in `file`, by name.
    static func tensors(in file: MappedFile) throws(FileError) -> [String: StoredTensor] {
        if LegacyTorchCheckpoint.begins(file) { return try LegacyTorchCheckpoint.tensors(in: file) }
        let archive = try ZipArchive(file)
        let root = try root(of: archive, in: file)
        try checkByteOrder(archive, root: root, in: file)
        guard let range = try archive.bytes(of: "\(root)/data.pkl"), range.count <= maxPickleBytes else {
            throw file.error(.invalid, "\(root)/data.pkl".quotedInMessage + " is over \(maxPickleBytes) bytes long")
        }

        var unpickler = Unpickler(pickle: file.withBytes(in: range) { [UInt8]($0) }, path: file.path)
        var tensors: [String: StoredTensor] = [:]
        for (name, tensor) in try unpickler.stateDictionary() {
            let storage = try storage(of: tensor, named: name, archive: archive, root: root, in: file)
            tensors[name] = try tensor.stored(in: storage, of: file, named: name)
        }
        return tensors
    }

    /// The bytes of the tensor's storage in the file.
    private static func storage(
        of tensor: PickledTensor,
        named name: String,
        archive: ZipArchive,
        root: String,
        in file: MappedFile
    ) throws(FileError) -> Range<Int> {
        let entry = "\(root)/data/\(tensor.storage.key)"
        guard let bytes = try archive.bytes(of: entry) else {
            let reason = "lies in the zip entry \(entry.quotedInMessage), which is not there"
            throw file.error(.invalid, "tensor \(name.quotedInMessage) \(reason)")
        }
        let (size, overflow) = tensor.storage.count.multipliedReportingOverflow(by: tensor.storage.element.byteCount)
        guard !overflow, size >= 0, size <= bytes.count else {
            let reason =
                "needs \(tensor.storage.count) elements of \(entry.quotedInMessage), which has \(bytes.count) bytes"
            throw file.error(.invalid, "tensor \(name.quotedInMessage) \(reason)")
        }
        return bytes.lowerBound..<bytes.lowerBound + size
    }

    /// The directory inside the archive: `archive`, or the file's name when it was saved.
    private static func root(of archive: ZipArchive, in file: MappedFile) throws(FileError) -> String {
        let suffix = "/data.pkl"
        let roots = archive.names.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
        guard roots.count == 1 else {
            throw file.error(.invalid, "is a zip archive, but not one of torch.save: it has \(roots.count) data.pkl")
        }
        guard !archive.names.contains("\(roots[0])/constants.pkl") else {
            throw file.error(.unsupported, "is a TorchScript program; save the model's state_dict() instead")
        }
        return roots[0]
    }

    /// PyTorch before 2.1 wrote no byte order and meant the machine's own, which was little-endian but for a handful.
    private static func checkByteOrder(_ archive: ZipArchive, root: String, in file: MappedFile) throws(FileError) {
        guard let range = try archive.bytes(of: "\(root)/byteorder") else { return }
        guard file.withBytes(in: range, { $0.elementsEqual("little".utf8) }) else {
            throw file.error(
                .unsupported,
                "its numbers are not little-endian; convert it to safetensors on a common machine"
            )
        }
    }
}

extension PickledTensor {
    /// The tensor, whose storage is this range of the file.
    func stored(
        in bytes: Range<Int>,
        of file: MappedFile,
        named name: String
    ) throws(FileError) -> StoredTensor {
        try StoredTensor(
            file: file,
            name: name,
            element: storage.element,
            shape: shape,
            strides: strides,
            offset: offset,
            storage: bytes
        )
    }
}
