// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// The gradient of a whole batch: the sum over the replicas, always in their order.
///
/// Pieces of the array are added up on whatever thread is free; no element is added to by two, and their squares are
/// summed piece by piece, so that every run has the same bits.
final class GradientSum {
    let network: Network
    /// `[layout.count]`; rows of word embeddings that are not `touched` hold zeros.
    let values: FloatBuffer
    /// Rows of the word embeddings that may have a gradient, sorted; nil for all.
    private(set) var touched: [Int]?
    private let threads: Threads
    private let pieces: [Range<Int>]
    /// Elements that one thread takes at a time.
    static let piece = 1 << 16

    init(network: Network, threads: Threads) {
        self.network = network
        self.threads = threads
        values = FloatBuffer(zeros: network.layout.count)
        pieces = Self.pieces(0..<network.layout.words)
    }

    static func pieces(_ range: Range<Int>) -> [Range<Int>] {
        stride(from: range.lowerBound, to: range.upperBound, by: piece).map { $0..<min($0 + piece, range.upperBound) }
    }

    /// Adds the replicas' gradients up; returns the norm of the sum.
    func reduce(_ replicas: [Replica]) -> Double {
        let squares = sum(pieces, replicas.map { $0.gradient.start }, from: 0)
        let words = replicas[0].decoderGradient == nil ? sumTouchedWords(replicas) : sumAllWords(replicas)
        return (squares + words).squareRoot()
    }

    /// Writes the sums of arrays that begin at `origin` of the layout; returns the sum of their squares.
    private func sum(_ pieces: [Range<Int>], _ arrays: [UnsafeMutablePointer<Float>], from origin: Int) -> Double {
        let training = network.kernels.table.pointee.training.pointee
        return squares(pieces.count) { index in
            let (range, sum) = (pieces[index], values.start + pieces[index].lowerBound)
            sum.update(from: arrays[0] + range.lowerBound - origin, count: range.count)
            for other in arrays.dropFirst() { training.add(range.count, other + range.lowerBound - origin, sum) }
            return training.squares(range.count, sum)
        }
    }

    private func sumAllWords(_ replicas: [Replica]) -> Double {
        let words = network.layout.words
        let arrays = replicas.compactMap { $0.decoderGradient?.start }
        let pieces = Self.pieces(words..<network.layout.count)
        touched = nil
        _ = sum(pieces, arrays, from: words)
        scatter(replicas)
        let training = network.kernels.table.pointee.training.pointee
        return squares(pieces.count) { training.squares(pieces[$0].count, values.start + pieces[$0].lowerBound) }
    }

    private func sumTouchedWords(_ replicas: [Replica]) -> Double {
        let (words, width) = (network.layout.words, network.architecture.embeddingWidth)
        for row in touched ?? [] { (values.start + words + row * width).update(repeating: 0, count: width) }
        scatter(replicas)
        let rows = Set(replicas.flatMap(\.ids)).map { Int($0) }.sorted()
        touched = rows
        let training = network.kernels.table.pointee.training.pointee
        return squares(rows.count) { training.squares(width, values.start + words + rows[$0] * width) }
    }

    /// Adds the gradients of the embeddings that went in: each thread those of its own rows, in the order of the replicas.
    private func scatter(_ replicas: [Replica]) {
        let (words, width) = (network.layout.words, network.architecture.embeddingWidth)
        let training = network.kernels.table.pointee.training.pointee
        threads.forEach { thread in
            for replica in replicas {
                replica.embeddingGradients.withUnsafeBufferPointer { gradients in
                    guard let gradients = gradients.baseAddress else { return }
                    for (token, id) in replica.ids.enumerated() where Int(id) % threads.count == thread {
                        training.add(width, gradients + token * width, values.start + words + Int(id) * width)
                    }
                }
            }
        }
    }

    /// Sums what `body` gives for each piece, in the order of the pieces.
    private func squares(_ count: Int, _ body: (Int) -> Double) -> Double {
        var squares = [Double](repeating: 0, count: count)
        squares.withUnsafeMutableBufferPointer { squares in
            nonisolated(unsafe) let squares = squares
            threads.share(count) { squares[$0] = body($0) }
        }
        return squares.reduce(0, +)
    }
}
