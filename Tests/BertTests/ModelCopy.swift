// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport

@testable import Bert

/// A copy of a golden model directory, to change, that lasts as long as a test.
final class ModelCopy: Sendable {
    let path: String

    init(_ name: String = "bert-classifier") throws {
        path = FileManager.default.temporaryDirectory.appending(path: "model-\(UUID().uuidString)").path
        try FileManager.default.copyItem(atPath: goldenPath(name), toPath: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Sets keys of a JSON file, each to a value written as JSON; nil takes the key away.
    func set(_ values: [String: String?], in file: String) throws {
        let url = URL(filePath: "\(path)/\(file)")
        var members = try [String: Raw](
            (JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any] ?? [:]).map {
                let json = try JSONSerialization.data(withJSONObject: $1, options: .fragmentsAllowed)
                return ($0, Raw(text: String(decoding: json, as: UTF8.self)))
            },
            uniquingKeysWith: { first, _ in first }
        )
        for (key, value) in values { members[key] = value.map { Raw(text: $0) } }
        let text = members.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1.text)" }.joined(separator: ",\n")
        try Data("{\(text)}".utf8).write(to: url)
    }

    /// JSON as it is to be written: a decoder would not give back 12.0 or 1e400.
    private struct Raw { let text: String }

    /// Overwrites one element of an F32 tensor of `model.safetensors`.
    func set(_ value: Float, at index: Int, of tensor: String) throws {
        var (header, data) = try weights()
        guard let entry = header[tensor] as? [String: Any], let offsets = entry["data_offsets"] as? [Int] else {
            throw FileError(.invalid, path: path, "has no tensor \(tensor)")
        }
        let start = offsets[0] + 4 * index
        data.replaceSubrange(start..<start + 4, with: Self.bytes(value))
        try write(header, data)
    }

    /// Adds an F32 tensor to `model.safetensors`.
    func add(_ values: [Float], shape: [Int], as tensor: String) throws {
        var (header, data) = try weights()
        let offsets = [data.count, data.count + 4 * values.count]
        header[tensor] = ["dtype": "F32", "shape": shape, "data_offsets": offsets] as [String: Any]
        for value in values { data += Self.bytes(value) }
        try write(header, data)
    }

    private var weightsFile: URL { URL(filePath: "\(path)/model.safetensors") }

    private func weights() throws -> (header: [String: Any], data: [UInt8]) {
        let bytes = try [UInt8](Data(contentsOf: weightsFile))
        let start = 8 + bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSONSerialization.jsonObject(with: Data(bytes[8..<start])) as? [String: Any]
        return (header ?? [:], Array(bytes[start...]))
    }

    private func write(_ header: [String: Any], _ data: [UInt8]) throws {
        let json = try JSONSerialization.data(withJSONObject: header)
        try Data(WeightsFixture.safetensors(String(decoding: json, as: UTF8.self), data: data)).write(to: weightsFile)
    }

    private static func bytes(_ value: Float) -> [UInt8] {
        WeightsFixture.littleEndian(Int(value.bitPattern), width: 4)
    }

    /// The error of loading the directory; nil where it loads and answers.
    func error(precision: Precision = .f32) -> FileError? {
        do throws(FileError) {
            let model = try Model(directory: path, kernels: Self.kernels, precision: precision)
            let classifier = try Classifier(model: model)
            let text = String(repeating: "a great [MASK] text ", count: 40)
            let encoding = model.tokenizer.encoding(
                of: text,
                within: TextLimit(maxTokens: model.maxTokens, truncation: model.tokenizer.truncation)
            )
            if let encoding {
                _ = model.scores(of: classifier.rows(TokenBatch(encoding.sequences))[...], for: encoding)
            }
            return nil
        } catch {
            return error
        }
    }

    private static let kernels = {
        guard let kernels = try? Kernels.ofTests() else {
            preconditionFailure("CLOUD4BERT_ISA names no set of this machine")
        }
        return kernels
    }()
}
