// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import Testing

@testable import Training

@Suite struct AttentionRelationsTests {
    private func losses(student: String, teacher: String) throws -> Losses {
        let network = try GoldenSteps.network(student, task: .maskedLM)
        let teacher = try Model(directory: GoldenSteps.directory(teacher), kernels: network.kernels)
        let trainer = try Trainer(
            network: network,
            optimiser: .init(),
            maxGradientNorm: nil,
            threads: 2,
            longestText: 64
        ) {
            let weights = MaskedLMHead.Weights(distillation: 0, maskedLM: 0, cosine: 0, relations: 1)
            let teacher = try MaskedLanguageModel(model: teacher)
            return MaskedLMHead(replica: $0, capacity: $1, rows: 8, weights: weights, teacher: teacher)
        }
        let batch = TokenBatch(GoldenSteps.texts)
        let targets = MaskedLMHead.Targets(labels: [Int32](repeating: -1, count: batch.ids.count))
        return trainer.losses(batch, targets)
    }

    /// Queries, keys and values `[t, C]` of the last block for each text, as training computes them.
    private func lastBlock(_ name: String) throws -> (parts: [[[Double]]], width: Int, heads: Int) {
        let network = try GoldenSteps.network(name, task: .maskedLM)
        let replica = Replica(network: network, capacity: 64, decoderRows: 1)
        network.pack()
        let batch = TokenBatch(GoldenSteps.texts)
        let tape = EncoderTape(replica: replica, capacity: 64)
        var parts: [[[Double]]] = []
        let width = network.architecture.width
        for chunk in Chunk.shares(of: batch, threads: 1, capacity: 64).joined() {
            let block = tape.forward(chunk, dropout: nil)
            for text in chunk.texts.indices {
                let rows = chunk.tokens.starts[text]..<chunk.tokens.starts[text + 1]
                parts.append(
                    (0..<3).map { kind in
                        rows.flatMap { row in
                            (0..<width).map { Double(block.queryKeyValue[row * 3 * width + kind * width + $0]) }
                        }
                    }
                )
            }
        }
        return (parts, width, network.architecture.heads)
    }

    /// softmax(A · Aᵀ / √D) of one head, in double precision.
    private func relations(_ a: [Double], _ width: Int, _ columns: Range<Int>) -> [[Double]] {
        let t = a.count / width
        return (0..<t).map { i in
            let scores = (0..<t).map { j in
                columns.reduce(0) { $0 + a[i * width + $1] * a[j * width + $1] } / Double(columns.count).squareRoot()
            }
            let exponentials = scores.map { exp($0 - (scores.max() ?? 0)) }
            let sum = exponentials.reduce(0, +)
            return exponentials.map { $0 / sum }
        }
    }

    @Test("The loss is the mean divergence of relations, of queries, keys and values, in double precision")
    func value() throws {
        let (student, teacher) = ("distillation/student", "distillation/teacher")
        let ((own, width, heads), (theirs, _, _)) = (try lastBlock(student), try lastBlock(teacher))
        var sum = 0.0
        for (own, theirs) in zip(own, theirs) {
            for (own, theirs) in zip(own, theirs) {
                for head in 0..<heads {
                    let columns = head * width / heads..<(head + 1) * width / heads
                    for (q, p) in zip(relations(own, width, columns), relations(theirs, width, columns)) {
                        sum += zip(p, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
                    }
                }
            }
        }
        let expected = sum / Double(heads * GoldenSteps.texts.joined().count)
        let losses = try losses(student: student, teacher: teacher)
        #expect(expected > 1e-4 && abs(losses.relations - expected) < 1e-3 * expected)
        #expect(losses.total == losses.relations)
    }

    @Test("A model has the relations of itself")
    func itself() throws {
        #expect(abs(try losses(student: "distillation/teacher", teacher: "distillation/teacher").relations) < 1e-5)
    }
}
