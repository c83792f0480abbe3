// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

/// Random damage to each file of a model directory. `CLOUD4BERT_DAMAGE` says how many tries each file gets.
@Suite struct ModelDamageTests {
    private static let rounds = ProcessInfo.processInfo.environment["CLOUD4BERT_DAMAGE"].flatMap { Int($0) } ?? 25

    @Test(
        "A directory with a damaged file loads and answers, or is refused by the name of one of its files",
        arguments: [
            "bert-classifier", "roberta-classifier", "xlm-roberta-classifier", "albert-classifier",
            "deberta-classifier",
            "deberta-masked-lm", "modernbert-classifier",
        ]
    )
    func damage(directory: String) throws { try damage(try ModelCopy(directory)) }

    @Test("So is one whose weights are what torch.save writes")
    func torch() throws {
        let copy = try ModelCopy("distilbert-classifier")
        try FileManager.default.removeItem(atPath: "\(copy.path)/model.safetensors")
        try damage(copy)
    }

    @Test("So is one whose weights are in shards")
    func shards() throws {
        let copy = try ModelCopy()
        let whole = "\(copy.path)/model.safetensors"
        let names = try Weights(directory: copy.path).names
        let shards = (1...2).map { "model-0000\($0)-of-00002.safetensors" }
        for shard in shards { try FileManager.default.copyItem(atPath: whole, toPath: "\(copy.path)/\(shard)") }
        try FileManager.default.removeItem(atPath: whole)
        let map = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, shards[$0 % 2]) })
        let index = try JSONSerialization.data(withJSONObject: ["metadata": ["total_size": 1], "weight_map": map])
        try index.write(to: URL(filePath: "\(whole).index.json"))
        #expect(copy.error() == nil)
        try damage(copy)
    }

    private func damage(_ copy: ModelCopy) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: copy.path).sorted()
        for name in names where name != "expected.json" {
            let file = URL(filePath: "\(copy.path)/\(name)")
            let sound = try [UInt8](Data(contentsOf: file))
            var random = SplitMix(state: UInt64(sound.count))
            for round in 0..<Self.rounds {
                var bytes = sound
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    WeightsMutationTests.mutate(&bytes, of: sound, &random)
                }
                try Data(bytes).write(to: file)
                guard let error = copy.error(precision: round.isMultiple(of: 2) ? .f32 : .int8) else { continue }
                #expect(error.path.hasPrefix(copy.path) && error.description.utf8.count < 4_000, "\(error)")
            }
            try Data(sound).write(to: file)
        }
    }
}
