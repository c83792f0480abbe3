// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// A model whose parameters change: all of them in one array, with the matrices packed beside it.
///
/// Threads read it during a step; between steps the optimiser writes the parameters and has them packed anew.
final class Network: @unchecked Sendable {
    let architecture: Architecture
    let layout: ParameterLayout
    let arithmetic: Arithmetic
    let dropout: DropoutRates
    /// `[layout.count]`.
    let parameters: FloatBuffer

    struct Layer {
        let queryKeyValue: PackedLinear
        let attentionOutput: PackedLinear
        let intermediate: PackedLinear
        let output: PackedLinear
    }

    enum Head {
        case classifier(pooler: PackedLinear, classifier: PackedLinear)
        case maskedLM(transform: PackedLinear, norm: ParameterLayout.NormPlace, decoder: PackedLinear)
        case none
    }

    /// From the embeddings to the first hidden states, where these are not the same.
    let embeddingsProjection: PackedLinear?
    /// Of the blocks, of which several layers may be made.
    let blocks: [Layer]
    let head: Head
    /// Of a classifier's early exit.
    let earlyExit: (pooler: PackedLinear, classifier: PackedLinear)?
    /// Every packed matrix.
    let linears: [PackedLinear]

    init(architecture: Architecture, dropout: DropoutRates, arithmetic: Arithmetic) {
        self.architecture = architecture
        self.dropout = dropout
        self.arithmetic = arithmetic
        layout = ParameterLayout(architecture)
        parameters = FloatBuffer(zeros: layout.count)
        embeddingsProjection = layout.embeddingsProjection.map { PackedLinear($0, arithmetic: arithmetic) }
        blocks = layout.blocks.map {
            Layer(
                queryKeyValue: PackedLinear($0.queryKeyValue, arithmetic: arithmetic),
                attentionOutput: PackedLinear($0.attentionOutput, arithmetic: arithmetic),
                intermediate: PackedLinear($0.intermediate, arithmetic: arithmetic),
                output: PackedLinear($0.output, arithmetic: arithmetic)
            )
        }
        head =
            switch layout.head {
            case .classifier(let pooler, let classifier):
                .classifier(
                    pooler: PackedLinear(pooler, arithmetic: arithmetic),
                    classifier: PackedLinear(classifier, arithmetic: arithmetic)
                )
            case .maskedLM(let transform, let norm, let decoder):
                .maskedLM(
                    transform: PackedLinear(transform, arithmetic: arithmetic),
                    norm: norm,
                    decoder: PackedLinear(decoder, arithmetic: arithmetic)
                )
            case .none: .none
            }
        earlyExit = layout.earlyExit.map {
            (PackedLinear($0.pooler, arithmetic: arithmetic), PackedLinear($0.classifier, arithmetic: arithmetic))
        }
        let ofBlocks = blocks.flatMap { [$0.queryKeyValue, $0.attentionOutput, $0.intermediate, $0.output] }
        let ofHead: [PackedLinear] =
            switch head {
            case .classifier(let pooler, let classifier): [pooler, classifier]
            case .maskedLM(let transform, _, let decoder): [transform, decoder]
            case .none: []
            }
        let ofExit = earlyExit.map { [$0.pooler, $0.classifier] } ?? []
        linears = [embeddingsProjection].compactMap(\.self) + ofBlocks + ofHead + ofExit
    }

    /// Packs all matrices.
    func pack() {
        for linear in linears { linear.pack(parameters.start) }
    }

    var kernels: Kernels { arithmetic.kernels }

    func pointer(_ index: Int) -> UnsafeMutablePointer<Float> { parameters.start + index }
}
