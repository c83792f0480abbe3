// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels
internal import Glibc

/// AdamW: Adam with the weight decay apart from the gradient (Loshchilov and Hutter, 2019), as PyTorch computes it.
final class AdamW {
    struct Settings: Sendable, Equatable {
        var beta1: Float = 0.9
        var beta2: Float = 0.999
        var epsilon: Float = 1e-8
        var weightDecay: Float = 0.01
        /// Biases and norms are left to decay as well.
        var decaysAll = false
    }

    let settings: Settings
    /// The moments, `[layout.count]` each.
    let means: FloatBuffer
    let squares: FloatBuffer
    private let network: Network
    private let threads: Threads
    /// Pieces of everything but the word embeddings.
    private let pieces: [(range: Range<Int>, decays: Bool)]
    /// Rows of word embeddings whose moments are not zero. The others have nothing to do but to decay.
    private var movingRows: [Bool]

    init(network: Network, settings: Settings, threads: Threads) {
        self.network = network
        self.settings = settings
        self.threads = threads
        means = FloatBuffer(zeros: network.layout.count)
        squares = FloatBuffer(zeros: network.layout.count)
        movingRows = Array(repeating: false, count: network.architecture.vocabularySize)
        pieces = network.layout.parameters.filter { $0.start != network.layout.words }.flatMap { parameter in
            let decays = settings.decaysAll || parameter.isMatrix
            return GradientSum.pieces(parameter.range).map { ($0, decays) }
        }
    }

    /// Finds out anew which rows move, after the moments were set from outside.
    func momentsWereSet() {
        let width = network.architecture.embeddingWidth
        for row in movingRows.indices {
            let moments = UnsafeBufferPointer(start: squares.start + network.layout.words + row * width, count: width)
            movingRows[row] = moments.contains { $0 != 0 }
        }
    }

    /// Updates the parameters.
    ///
    /// - Parameters:
    ///   - step: counted from 1.
    ///   - scale: what the gradient is multiplied by, for clipping.
    func update(_ gradient: GradientSum, step: Int, learningRate: Float, scale: Float) {
        let (decaying, steady) = (
            constants(step, learningRate, scale, settings.weightDecay), constants(step, learningRate, scale, 0)
        )
        threads.share(pieces.count) { index in
            let (range, decays) = pieces[index]
            apply(decays ? decaying : steady, gradient, range)
        }
        updateWords(gradient, decaying)
    }

    private func updateWords(_ gradient: GradientSum, _ constants: c4b_adamw) {
        let (words, width) = (network.layout.words, network.architecture.embeddingWidth)
        for row in gradient.touched ?? Array(movingRows.indices) { movingRows[row] = true }
        let block = 64
        threads.share((movingRows.count + block - 1) / block) { index in
            for row in index * block..<min((index + 1) * block, movingRows.count) {
                let start = words + row * width
                if movingRows[row] {
                    apply(constants, gradient, start..<start + width)
                } else if constants.shrink != 1 {
                    let row = network.pointer(start)
                    for column in 0..<width { row[column] *= constants.shrink }
                }
            }
        }
    }

    private func apply(_ constants: c4b_adamw, _ gradient: GradientSum, _ range: Range<Int>) {
        let start = range.lowerBound
        withUnsafePointer(to: constants) { constants in
            network.kernels.table.pointee.training.pointee.adamw(
                constants,
                range.count,
                gradient.values.start + start,
                network.pointer(start),
                means.start + start,
                squares.start + start
            )
        }
    }

    private func constants(_ step: Int, _ learningRate: Float, _ scale: Float, _ decay: Float) -> c4b_adamw {
        let correction1 = 1 - pow(Double(settings.beta1), Double(step))
        let correction2 = 1 - pow(Double(settings.beta2), Double(step))
        return c4b_adamw(
            step_size: Float(Double(learningRate) / correction1),
            shrink: 1 - learningRate * decay,
            beta1: settings.beta1,
            beta2: settings.beta2,
            correction: Float(1 / correction2.squareRoot()),
            epsilon: settings.epsilon,
            gradient_scale: scale
        )
    }
}
