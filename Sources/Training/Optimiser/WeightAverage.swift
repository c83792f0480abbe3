// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// The mean of the weights over the last part of a run, which generalises better than where it ends: Izmailov et al.,
/// "Averaging Weights Leads to Wider Optima and Better Generalization" (2018).
final class WeightAverage {
    /// Weights are taken into the mean every so many steps: neighbours hardly differ.
    static let interval = 10

    /// The sum of the weights that were taken, `[layout.count]`.
    let sum: FloatBuffer
    /// How many were taken.
    var count = 0
    private let network: Network
    private let threads: Threads

    init(network: Network, threads: Threads) {
        self.network = network
        self.threads = threads
        sum = FloatBuffer(zeros: network.layout.count)
    }

    /// Takes the network's weights into the mean.
    func add() {
        let training = network.kernels.table.pointee.training.pointee
        let pieces = GradientSum.pieces(0..<network.layout.count)
        threads.share(pieces.count) { index in
            let start = pieces[index].lowerBound
            training.add(pieces[index].count, network.pointer(start), sum.start + start)
        }
        count += 1
    }

    /// Calls `body` while the network has the mean of the weights, if there is one.
    func whileApplied<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard count > 0 else { return try body() }
        let own = FloatBuffer(count: network.layout.count) {
            $0.initialize(from: network.parameters.start, count: network.layout.count)
        }
        let share = 1 / Float(count)
        for index in 0..<network.layout.count { network.parameters.start[index] = sum.start[index] * share }
        network.pack()
        defer {
            network.parameters.start.update(from: own.start, count: network.layout.count)
            network.pack()
        }
        return try body()
    }
}
