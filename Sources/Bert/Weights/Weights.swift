// SPDX-License-Identifier: Apache-2.0
public import Files

/// The named tensors of one model directory, memory-mapped. Nothing is converted before it is asked for.
public struct Weights: Sendable {
    /// Path of the file that the weights came from, or of the index of several.
    public let path: String
    /// Paths of the files that hold the tensors, sorted: `path` itself, or the shards that the index at `path` lists.
    public let files: [String]

    private let tensors: [String: StoredTensor]

    /// Maps the weights of the model in `directory` and checks that every tensor lies within its file.
    ///
    /// The first of these that is there is taken: `model.safetensors`; `model.safetensors.index.json` with the shards that
    /// it names; `pytorch_model.bin` as `torch.save` writes it, of which no code is run; `pytorch_model.bin.index.json`.
    public init(directory: String) throws(FileError) {
        let kinds = ["model.safetensors", "pytorch_model.bin"].flatMap { name in
            [(name: name, isIndex: false), (name: name + ".index.json", isIndex: true)]
        }
        guard let kind = kinds.first(where: { MappedFile.exists("\(directory)/\($0.name)") }) else {
            let names = kinds.map(\.name).joined(separator: ", ")
            throw FileError(
                .missing,
                path: directory,
                MappedFile.exists(directory)
                    ? "holds no weights: no \(names)"
                    : "there is no such directory; it should hold the model's config.json and its weights in \(names)"
            )
        }
        let path = "\(directory)/\(kind.name)"
        let isTorch = kind.name.hasPrefix("pytorch")
        guard kind.isIndex else {
            try self.init(file: MappedFile(path), isTorch: isTorch)
            return
        }
        let (tensors, files) = try ShardIndex.tensors(listedIn: path, directory: directory, isTorch: isTorch)
        try self.init(path: path, files: files, tensors: tensors)
    }

    /// The tensors of one file.
    init(file: MappedFile, isTorch: Bool) throws(FileError) {
        try self.init(path: file.path, files: [file.path], tensors: Self.tensors(in: file, isTorch: isTorch))
    }

    /// The tensors of one file, by name.
    static func tensors(in file: MappedFile, isTorch: Bool) throws(FileError) -> [String: StoredTensor] {
        if file.starts(with: "version https://git-lfs".utf8) {
            throw file.error(
                .invalid,
                "is a Git LFS pointer in place of the weights; run 'git lfs pull' in its repository"
            )
        }
        return isTorch ? try TorchCheckpoint.tensors(in: file) : try Safetensors.tensors(in: file)
    }

    private init(path: String, files: [String], tensors: [String: StoredTensor]) throws(FileError) {
        self.path = path
        self.files = files
        var renamed: [String: StoredTensor] = [:]
        for (name, tensor) in tensors {
            guard renamed.updateValue(tensor, forKey: Self.presentName(of: name)) == nil else {
                let names = "under its present and its old name"
                throw FileError(.invalid, path: path, "holds \(Self.presentName(of: name).quotedInMessage) \(names)")
            }
        }
        self.tensors = renamed
    }

    /// Checkpoints converted from TensorFlow in BERT's first year call a layer norm's parameters gamma and beta;
    /// `transformers` reads them as weight and bias, and so does this.
    private static func presentName(of name: String) -> String {
        for (old, present) in [("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")]
        where name.hasSuffix(old) {
            return name.dropLast(old.count) + present
        }
        return name
    }

    /// The tensors' names, sorted; `LayerNorm.gamma` and `LayerNorm.beta` of old checkpoints appear as `weight` and `bias`.
    public var names: [String] { tensors.keys.sorted() }

    /// How many elements all tensors have, by the type that they are stored as.
    public var elements: [String: Int] {
        tensors.values.reduce(into: [:]) { $0[$1.element.rawValue, default: 0] += $1.count }
    }

    /// The shape of the tensor, outermost dimension first; nil where there is none of that name.
    public func shape(of name: String) -> [Int]? { tensors[name]?.shape }

    /// The tensor's elements as f32, row-major.
    ///
    /// F16 and BF16 are widened exactly, F64 is rounded to nearest; tensors of integers are refused.
    /// - Parameters:
    ///   - name: one of `names`.
    ///   - shape: the shape that the model's configuration asks for.
    /// - Throws: `FileError` where there is no such tensor, its shape is another one, or an element is NaN or infinite,
    ///   also one of F64 that is too great for f32.
    public func floats(_ name: String, shape: [Int]) throws(FileError) -> [Float] {
        let tensor = try tensor(name, shape: shape)
        let floats = try elements(of: tensor, name)
        if let index = NonFinite.first(in: floats) { throw notFinite(name, tensor, at: index, floats[index]) }
        return floats
    }

    /// The same, with NaN and infinities as they are.
    func elements(_ name: String, shape: [Int]) throws(FileError) -> [Float] {
        try elements(of: tensor(name, shape: shape), name)
    }

    private func elements(of tensor: StoredTensor, _ name: String) throws(FileError) -> [Float] {
        guard let floats = tensor.floats() else {
            let reason = "is of type \(tensor.element.rawValue); weights must be F32, F16, BF16 or F64"
            throw tensor.file.error(.unsupported, "tensor \(name.quotedInMessage) \(reason)")
        }
        return floats
    }

    /// The tensor's elements as IEEE halves in little-endian order, row-major; nil where it holds something else.
    /// - Throws: as `floats`.
    func halves(_ name: String, shape: [Int]) throws(FileError) -> [UInt8]? {
        let tensor = try tensor(name, shape: shape)
        guard let halves = tensor.halves() else { return nil }
        if let (index, value) = NonFinite.first(inHalves: halves) { throw notFinite(name, tensor, at: index, value) }
        return halves
    }

    /// The elements of a tensor of bytes, row-major.
    /// - Throws: `FileError` where there is no such tensor, or its shape or type is another one.
    func bytes(_ name: String, shape: [Int]) throws(FileError) -> [UInt8] {
        let tensor = try tensor(name, shape: shape)
        guard let bytes = tensor.bytes() else {
            let reason = "is of type \(tensor.element.rawValue), not U8"
            throw tensor.file.error(.unsupported, "tensor \(name.quotedInMessage) \(reason)")
        }
        return bytes
    }

    private func notFinite(_ name: String, _ tensor: StoredTensor, at index: Int, _ value: Float) -> FileError {
        let place = "as f32, element \(index) of \(tensor.count) is \(value)"
        let advice = "the training that wrote it diverged, or the file is damaged"
        return tensor.file.error(.invalid, "tensor \(name.quotedInMessage) is not finite: \(place); \(advice)")
    }

    /// Checks that there is such a tensor and that it has this shape; nothing is read.
    package func check(_ name: String, shape: [Int]) throws(FileError) { _ = try tensor(name, shape: shape) }

    private func tensor(_ name: String, shape: [Int]) throws(FileError) -> StoredTensor {
        guard let tensor = tensors[name] else {
            throw FileError(
                .invalid,
                path: path,
                "has no tensor \(name.quotedInMessage); expected one of shape \(shape)"
            )
        }
        guard tensor.shape == shape else {
            let reason = "has the shape \(tensor.shape); the model's configuration expects \(shape)"
            throw tensor.file.error(.invalid, "tensor \(name.quotedInMessage) \(reason)")
        }
        return tensor
    }
}
