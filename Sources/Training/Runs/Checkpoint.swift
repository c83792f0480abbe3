// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files
internal import FoundationEssentials
internal import Glibc

/// The saved state of a run: weights, the optimiser's moments and what the run has been through, in one safetensors file
/// that is there whole or not at all.
struct Checkpoint {
    /// The run's directory.
    let directory: String
    let path: String
    /// What must be the same for a resumed run to be the same run, by name.
    let identity: [String: String]

    private static let names = (parameters: "parameters", means: "means", squares: "squares", average: "average")

    init(directory: String, identity: [String: String]) {
        self.directory = directory
        path = "\(directory)/checkpoint.safetensors"
        self.identity = identity
    }

    /// Whether there is one in a directory.
    static func exists(in directory: String) -> Bool { access("\(directory)/checkpoint.safetensors", F_OK) == 0 }

    func save(_ state: RunState, _ trainer: Trainer<some TrainingHead>, _ average: WeightAverage?) throws(FileError) {
        var tensors = [
            Self.tensor(Self.names.parameters, trainer.network.parameters),
            Self.tensor(Self.names.means, trainer.optimiser.means),
            Self.tensor(Self.names.squares, trainer.optimiser.squares),
        ]
        if let average { tensors.append(Self.tensor(Self.names.average, average.sum)) }
        let metadata = Metadata(identity: identity, state: state, averaged: average?.count ?? 0)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let json = try? encoder.encode(metadata) else {
            throw FileError(.notWritable, path: path, "the state of the run holds what JSON cannot say")
        }
        try Safetensors.write(tensors, metadata: ["run": String(decoding: json, as: UTF8.self)], to: path)
    }

    /// Fills trainer and average from the file.
    func load(_ trainer: Trainer<some TrainingHead>, _ average: WeightAverage?) throws -> RunState {
        let file = try SafetensorsFile(path: path)
        guard let json = file.metadata["run"],
            let metadata = try? JSONDecoder().decode(Metadata.self, from: Data(json.utf8))
        else { throw FileError(.invalid, path: path, "holds no state of a run") }
        for (name, value) in identity.sorted(by: { $0.key < $1.key }) where metadata.identity[name] != value {
            let was = metadata.identity[name].map { "'\($0)'" } ?? "not set"
            throw TrainingError(
                "resume: the run in \(path) has \(name) \(was), not '\(value)'; resume with the same options"
            )
        }
        let count = trainer.network.layout.count
        try file.read(Self.names.parameters, shape: [count], to: trainer.network.parameters.start)
        try file.read(Self.names.means, shape: [count], to: trainer.optimiser.means.start)
        try file.read(Self.names.squares, shape: [count], to: trainer.optimiser.squares.start)
        if let average {
            try file.read(Self.names.average, shape: [count], to: average.sum.start)
            average.count = metadata.averaged
        }
        trainer.optimiser.momentsWereSet()
        trainer.network.pack()
        return metadata.state
    }

    func remove() { unlink(path) }

    private static func tensor(_ name: String, _ floats: FloatBuffer) -> NamedTensor {
        NamedTensor(
            name: name,
            shape: [floats.count],
            values: UnsafeBufferPointer(start: floats.start, count: floats.count)
        )
    }

    private struct Metadata: Codable {
        let identity: [String: String]
        let state: RunState
        let averaged: Int
    }
}
