// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Bert

@Suite struct WeightsTests {
    private let golden = WeightsFixture.path("distilbert-classifier")

    @Test("pytorch_model.bin and model.safetensors of one model give the same names, shapes and bits")
    func formatsAgree() throws {
        let safetensors = try Weights(directory: golden)
        let torch = try Weights(file: MappedFile("\(golden)/pytorch_model.bin"), isTorch: true)
        #expect(safetensors.path == "\(golden)/model.safetensors")
        #expect(safetensors.names.count == 40)
        #expect(safetensors.names == torch.names)
        #expect(safetensors.names == safetensors.names.sorted())
        #expect(safetensors.shape(of: "distilbert.embeddings.word_embeddings.weight") == [951, 32])
        for name in safetensors.names {
            let shape = try #require(safetensors.shape(of: name))
            #expect(torch.shape(of: name) == shape)
            let (one, other) = (try safetensors.floats(name, shape: shape), try torch.floats(name, shape: shape))
            #expect(one.count == shape.reduce(1, *))
            #expect(one.map(\.bitPattern) == other.map(\.bitPattern), "\(name)")
            #expect(one.contains { $0 != 0 } || name.hasSuffix("bias"), "\(name) is all zero")
        }
    }
}
