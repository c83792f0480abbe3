// SPDX-License-Identifier: Apache-2.0

import Files
import TestSupport
import Testing

@testable import Bert

@Suite struct WeightsMutationTests {
    @Test(
        "A file with random bytes changed, moved or cut off loads or throws a FileError, and never ends the process",
        arguments: [
            ("weights/views.bin", true, 2000), ("weights/views_protocol4.bin", true, 1000),
            ("weights/module.bin", true, 1000), ("weights/legacy.bin", true, 2000),
            ("weights/halves.safetensors", false, 1000), ("distilbert-classifier/pytorch_model.bin", true, 100),
            ("distilbert-classifier/model.safetensors", false, 100),
        ]
    )
    func mutations(file: String, isTorch: Bool, rounds: Int) throws {
        let sound = try WeightsFixture.bytes(file)
        var random = SplitMix(state: UInt64(sound.count))
        var refused = 0
        for _ in 0..<rounds {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, of: sound, &random) }
            do throws(FileError) {
                let weights = try WeightsFixture.weights(bytes, isTorch: isTorch)
                for name in weights.names {
                    guard let shape = weights.shape(of: name) else { continue }
                    _ = WeightsFixture.error { () throws(FileError) in try weights.floats(name, shape: shape) }
                }
            } catch {
                refused += 1
                #expect(error.description.utf8.count < 4000)
            }
        }
        #expect(refused > rounds / 4)
    }

    /// Makes one change in the structure (the header, or the pickle, or the table of contents); data may hold any bytes.
    static func mutate(_ bytes: inout [UInt8], of sound: [UInt8], _ random: inout SplitMix) {
        let index = Int.random(in: 0..<8192, using: &random)
        let place = Bool.random(using: &random) ? index : sound.count - 1 - index
        guard bytes.indices.contains(place) else { return }
        switch Int.random(in: 0..<10, using: &random) {
        case 0: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 3: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        case 4: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        // Wide fields filled with ones: lengths, counts and offsets at their largest.
        case 5: for index in place..<min(place + 8, bytes.count) { bytes[index] = 0xFF }
        // Another part of the file in this place.
        case 6:
            let from = Int.random(in: sound.indices, using: &random)
            for offset in 0..<min(16, sound.count - from, bytes.count - place) {
                bytes[place + offset] = sound[from + offset]
            }
        default: bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
    }
}
