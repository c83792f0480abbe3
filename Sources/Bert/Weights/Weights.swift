// SPDX-License-Identifier: Apache-2.0
public import Files

/// The named tensors of one model directory, memory-mapped. Nothing is converted before it is asked for.
public struct Weights: Sendable {
    /// Path of the file that the weights came from: `model.safetensors`, `model.safetensors.index.json` or
    /// `pytorch_model.bin` in the directory.
    public let path: String
    /// Paths of the files that hold the tensors, sorted: `path` itself, or the shards that the index at `path` lists.
    public let files: [String]

    private let tensors: [String: StoredTensor]

    /// Maps the weights of the model in `directory` and checks that every tensor lies within its file.
    ///
    /// The first of these that is there is taken: `model.safetensors`; `model.safetensors.index.json` with the shards that
    /// it names; `pytorch_model.bin` as `torch.save` writes it since PyTorch 1.6, of which no code is run.
    public init(directory: String) throws(FileError) {
        let paths = ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"].map {
            "\(directory)/\($0)"
        }
        guard let path = paths.first(where: MappedFile.exists) else {
            throw FileError(
                .missing,
                path: directory,
                MappedFile.exists(directory)
                    ? "holds no weights: no model.safetensors, model.safetensors.index.json or pytorch_model.bin"
                    : "there is no such directory; it should hold the model's config.json and its weights in "
                        + "model.safetensors, model.safetensors.index.json with its shards, or pytorch_model.bin"
            )
        }
        if path == paths[1] {
            let (tensors, files) = try ShardIndex.tensors(listedIn: path, directory: directory)
            try self.init(path: path, files: files, tensors: tensors)
        } else {
            try self.init(file: MappedFile(path), isTorch: path == paths[2])
        }
    }

    /// The tensors of one file.
    init(file: MappedFile, isTorch: Bool) throws(FileError) {
        if file.starts(with: "version https://git-lfs".utf8) {
            throw file.error(
                .invalid,
                "is a Git LFS pointer in place of the weights; run 'git lfs pull' in its repository"
            )
        }
        let tensors = isTorch ? try TorchCheckpoint.tensors(in: file) : try Safetensors.tensors(in: file)
        try self.init(path: file.path, files: [file.path], tensors: tensors)
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
