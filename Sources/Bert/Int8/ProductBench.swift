// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// One product of bytes of a model's shapes, to be measured beside what the instruction set can do at most.
public final class ProductBench {
    /// A product of floats all of which stays in the nearest cache, and that no tile leaves a rest of.
    private static let small = (rows: 12, inputs: 128, outputs: 32)

    private let kernels: Kernels
    private let rows: Int
    private let linear: QuantisedLinear
    private let x: QuantisedBuffer
    private let y: FloatBuffer
    private let smallLinear: Linear
    private let smallX: FloatBuffer
    private let smallY: FloatBuffer

    /// Makes `x[rows, inputs]` and `W[outputs, inputs]` of no particular numbers.
    public init(rows: Int, inputs: Int, outputs: Int, kernels: Kernels) {
        self.kernels = kernels
        self.rows = rows
        let numbers = { (count: Int) in (0..<count).map { Float($0 * 7919 % 255) - 127 } }
        linear = QuantisedLinear(weight: numbers(outputs * inputs), bias: numbers(outputs), kernels: kernels)
        x = QuantisedBuffer(rows: rows, width: inputs)
        y = FloatBuffer(zeros: rows * outputs)
        let floats = FloatBuffer(numbers(rows * inputs))
        let small = Self.small
        smallLinear = Linear(
            weight: numbers(small.inputs * small.outputs),
            bias: numbers(small.outputs),
            kernels: kernels
        )
        smallX = FloatBuffer(numbers(small.rows * small.inputs))
        smallY = FloatBuffer(zeros: small.rows * small.outputs)
        withExtendedLifetime(floats) { x.rows.quantise(rows, width: inputs, floats.start, kernels) }
    }

    /// Multiply-adds of one product.
    public var multiplyAdds: Int { rows * linear.inputs * linear.outputs }

    /// Computes the product `times` times.
    public func run(times: Int) {
        for _ in 0..<times { linear.apply(x.rows, rows: rows, to: y.start) }
    }

    /// Does about as many multiply-adds with next to no memory, as fast as registers allow; returns how many it were.
    public func runPeak(multiplyAdds: Int) -> Int {
        let round = max(1, kernels.table.pointee.peak_i8(1))
        return kernels.table.pointee.peak_i8((multiplyAdds + round - 1) / round)
    }

    /// Does about as many multiply-adds of floats, out of the nearest cache; returns how many it were.
    public func runFloatPeak(multiplyAdds: Int) -> Int {
        let small = Self.small
        let each = small.rows * small.inputs * small.outputs
        let times = (multiplyAdds + each - 1) / each
        for _ in 0..<times { smallLinear.apply(rows: small.rows, smallX.start, stride: small.inputs, to: smallY.start) }
        return times * each
    }
}
