// SPDX-License-Identifier: Apache-2.0
import CKernels
import Foundation
import Testing

/// gelu, its like and tanh: one element in, one out.
@Suite struct MapTests {
    /// The other functions of feed-forward layers, each with its derivative.
    enum Activation: CaseIterable, Sendable {
        case geluTanh, relu, silu

        func callAsFunction(_ isa: InstructionSet, _ x: [Float]) -> [Float] {
            let table = isa.kernels.pointee
            var y = x
            switch self {
            case .geluTanh: table.gelu_tanh_f32(x.count, &y)
            case .relu: table.relu_f32(x.count, &y)
            case .silu: table.silu_f32(x.count, &y)
            }
            return y
        }

        func gradient(_ isa: InstructionSet, _ x: [Float]) -> [Float] {
            let training = isa.kernels.pointee.training.pointee
            var dy = [Float](repeating: 1, count: x.count)
            switch self {
            case .geluTanh: training.gelu_tanh_gradient(x.count, x, &dy)
            case .relu: training.relu_gradient(x.count, x, &dy)
            case .silu: training.silu_gradient(x.count, x, &dy)
            }
            return dy
        }

        /// In double precision: the function, and its derivative.
        func exact(_ x: Double) -> (value: Double, slope: Double) {
            // Beyond, a share of 0 or 1 is exact.
            let near = min(max(x, -1000), 1000)
            func share(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
            let root = (2 / Double.pi).squareRoot()
            switch self {
            case .geluTanh:
                let (inner, slope) = (
                    2 * root * (near + 0.044715 * near * near * near), 2 * root * (1 + 0.134145 * near * near)
                )
                return (x * share(inner), share(inner) + near * share(inner) * share(-inner) * slope)
            case .relu: return (max(x, 0), x > 0 ? 1 : 0)
            case .silu: return (x * share(near), share(near) + near * share(near) * share(-near))
            }
        }
    }

    @Test(
        "An activation and its derivative are those of double precision for all floats, and NaN for NaN alone",
        arguments: InstructionSet.here,
        Activation.allCases
    )
    func activations(isa: InstructionSet, activation: Activation) {
        let x = Self.floats
        var (worst, steepest, wrong) = (0.0, 0.0, 0)
        for (x, (y, dy)) in zip(x, zip(activation(isa, x), activation.gradient(isa, x))) {
            if x.isNaN || x.isInfinite {
                wrong += x.isNaN == y.isNaN && (x.isNaN || y == max(x, 0)) ? 0 : 1
            } else {
                let exact = activation.exact(Double(x))
                worst = max(worst, abs(Double(y) - exact.value) / (1 + abs(Double(x))))
                steepest = max(steepest, abs(Double(dy) - exact.slope))
            }
        }
        #expect(wrong == 0)
        #expect(worst <= 1e-6 && steepest <= 1e-5)
    }

    @Test(
        "An activation of an element is the same bits at any index, and nothing past the count is written",
        arguments: InstructionSet.here,
        Activation.allCases
    )
    func activationIndices(isa: InstructionSet, activation: Activation) {
        var randoms = Randoms(seed: 10)
        let x = randoms(70).map { $0 * 6 }
        let alone = x.flatMap { activation(isa, [$0]) }
        for count in 0...x.count {
            #expect(activation(isa, Array(x[..<count])).elementsEqual(alone[..<count], by: sameBits))
        }
    }

    /// Every 2^13th float, with both zeros, denormals, infinities and NaNs, and the neighbours of where formulas change.
    static let floats: [Float] =
        stride(from: 0, to: UInt64(UInt32.max), by: 0x2000).map { Float(bitPattern: UInt32($0)) }
        + [0.625, 5.5, 9, 44, 88].flatMap { [$0, $0.nextUp, $0.nextDown, -$0, -$0.nextUp, -$0.nextDown] }
        + [.infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude]

    static func gelu(_ isa: InstructionSet, _ x: [Float]) -> [Float] {
        var y = x
        isa.kernels.pointee.gelu_f32(x.count, &y)
        return y
    }

    static func tanh(_ isa: InstructionSet, _ x: [Float]) -> [Float] {
        var y = x
        isa.kernels.pointee.tanh_f32(x.count, &y)
        return y
    }

    @Test("gelu is within 1e-6 of x · Φ(x) for all floats, and NaN for NaN alone", arguments: InstructionSet.here)
    func gelu(isa: InstructionSet) {
        let x = Self.floats
        var (worst, wrong) = (0.0, 0)
        for (x, y) in zip(x, Self.gelu(isa, x)) {
            if x.isNaN || x.isInfinite {
                wrong += x.isNaN == y.isNaN && (x.isNaN || y == max(x, 0)) ? 0 : 1
            } else {
                worst = max(worst, abs(Double(y) - 0.5 * Double(x) * erfc(-Double(x) / 2.0.squareRoot())))
            }
        }
        #expect(wrong == 0)
        #expect(worst <= 1e-6)
    }

    @Test("gelu is x / 2 near zero, and keeps the sign of zero", arguments: InstructionSet.here)
    func geluNearZero(isa: InstructionSet) {
        let x: [Float] = [1e-4, -1e-6, 1e-12, -1e-30, 1e-37]
        for (x, y) in zip(x, Self.gelu(isa, x)) {
            #expect(abs(Double(y) / (Double(x) * (0.5 + 0.39894 * Double(x))) - 1) < 5e-5, "\(x)")
        }
        #expect(Self.gelu(isa, [0, -0.0]).map(\.sign) == [.plus, .minus])
        #expect(Self.gelu(isa, [1e30, -1e30]) == [1e30, 0])
    }

    @Test("tanh is within 4e-7 of itself for all floats, and NaN for NaN alone", arguments: InstructionSet.here)
    func tanh(isa: InstructionSet) {
        let x = Self.floats
        var (worst, wrong) = (0.0, 0)
        for (x, y) in zip(x, Self.tanh(isa, x)) {
            let exact = Foundation.tanh(Double(x))
            if x.isNaN || x == 0 {
                wrong += x.isNaN ? (y.isNaN ? 0 : 1) : (sameBits(x, y) ? 0 : 1)
            } else if abs(x) >= .leastNormalMagnitude {
                worst = max(worst, abs(Double(y) - exact) / abs(exact))
            } else {
                wrong += abs(Double(y) - exact) <= Double(Float.leastNonzeroMagnitude) ? 0 : 1
            }
        }
        #expect(wrong == 0)
        #expect(worst <= 4e-7)
    }

    @Test("An element is the same bits at any index of an array of any length", arguments: InstructionSet.here)
    func indicesDoNotMatter(isa: InstructionSet) {
        var randoms = Randoms(seed: 9)
        let x = randoms(70).map { $0 * 6 }
        let (gelu, tanh) = (x.flatMap { Self.gelu(isa, [$0]) }, x.flatMap { Self.tanh(isa, [$0]) })
        for count in 0...x.count {
            for shift in [0, 1, 3, 7] where shift <= count {
                let part = Array(x[shift..<count])
                #expect(Self.gelu(isa, part).elementsEqual(gelu[shift..<count], by: sameBits))
                #expect(Self.tanh(isa, part).elementsEqual(tanh[shift..<count], by: sameBits))
            }
        }
    }

    @Test("Nothing past the count is written", arguments: InstructionSet.here)
    func guards(isa: InstructionSet) {
        for count in 0...40 {
            var x = [Float](repeating: 1, count: count + 20)
            isa.kernels.pointee.gelu_f32(count, &x)
            isa.kernels.pointee.tanh_f32(count, &x)
            #expect(x[count...].allSatisfy { $0 == 1 })
            #expect(x[..<count].allSatisfy { $0 < 1 })
        }
    }
}
