// SPDX-License-Identifier: Apache-2.0
import Bert
import Files
internal import FoundationEssentials

/// A window as it is kept in a file, to be the reference of later ones: what `/drift` serves.
struct ReferenceFile: Codable, Equatable {
    /// The digest of the model, and its labels.
    let model: String
    let labels: [String]
    let window: PredictionProfile

    init(_ window: PredictionProfile, of model: Model) {
        (self.model, labels, self.window) = (model.digest, model.labels, window)
    }

    /// Reads a file that was kept.
    /// - Throws: where it is not there, is no such file, or is of a model with other labels.
    init(path: String, for model: Model) throws(FileError) {
        let bytes = try InputFile.bytes(path, atMost: 16 << 20)
        guard let read = try? JSONDecoder().decode(Self.self, from: Data(bytes)),
            read.window.isSound(labels: read.labels.count)
        else {
            throw FileError(.invalid, path: path, "is not what /drift serves; keep a window anew")
        }
        self = read
        let own = model.labels
        guard labels == own else {
            let words = [labels, own].map { $0.joined(separator: ", ") }
            throw FileError(.invalid, path: path, "is of a model with the labels \(words[0]); this one has \(words[1])")
        }
    }

    /// As JSON.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and whole numbers always can be.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? ""
    }
}
