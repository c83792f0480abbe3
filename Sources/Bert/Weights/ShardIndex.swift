// SPDX-License-Identifier: Apache-2.0
internal import Files

/// `model.safetensors.index.json`, or `pytorch_model.bin.index.json`: which file of the directory holds which tensor of a
/// model that is saved in several.
enum ShardIndex {
    /// The tensors that the index at `path` names, and the paths of their files, sorted.
    ///
    /// - Parameter isTorch: whether the shards are of `torch.save`; else they are safetensors.
    static func tensors(
        listedIn path: String,
        directory: String,
        isTorch: Bool = false
    ) throws(FileError) -> (tensors: [String: StoredTensor], files: [String]) {
        let index = try MappedFile(path)
        guard index.count <= Safetensors.maxHeaderBytes else {
            throw index.error(.invalid, "is \(index.count) bytes long; at most \(Safetensors.maxHeaderBytes) are read")
        }
        let content = try index.decode(Content.self, what: "the index")

        var tensors: [String: StoredTensor] = [:]
        var files: [String] = []
        let names = Dictionary(grouping: content.weightMap.keys) { content.weightMap[$0, default: ""] }
        for (file, names) in names.sorted(by: { $0.key < $1.key }) {
            // A plain name: an index must not make the program read files elsewhere.
            guard !file.isEmpty, file != ".", file != "..",
                !file.unicodeScalars.contains(where: { $0 == "/" || $0 == "\0" })
            else {
                let reason = "names the shard \(file.quotedInMessage); it must be a file of the same directory"
                throw index.error(.invalid, reason)
            }
            let shard = try MappedFile("\(directory)/\(file)")
            let held = try Weights.tensors(in: shard, isTorch: isTorch)
            for name in names.sorted() {
                guard let tensor = held[name] else {
                    throw shard.error(
                        .invalid,
                        "has no tensor \(name.quotedInMessage), which \(index.path) says it holds"
                    )
                }
                tensors[name] = tensor
            }
            files.append(shard.path)
        }
        return (tensors, files)
    }

    private struct Content: Decodable {
        let weightMap: [String: String]

        enum CodingKeys: String, CodingKey {
            case weightMap = "weight_map"
        }
    }
}
