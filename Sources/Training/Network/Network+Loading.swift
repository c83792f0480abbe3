// SPDX-License-Identifier: Apache-2.0
internal import Bert

extension Network {
    /// Fills the parameters from a model directory.
    ///
    /// - Parameters:
    ///   - weights: the tensors of that directory; the sizes are those of this network.
    ///   - layers: which of its blocks each block of this network starts as; nil for the same.
    ///   - seed: for the parameters of a head that the directory does not have, which start as BERT's do: normal with
    ///     a deviation of 0.02, biases zero, norms one.
    /// - Throws: `ModelError` where a parameter of the encoder is missing or has another shape.
    func load(_ weights: Weights, layers: [Int]? = nil, seed: UInt64) throws(ModelError) {
        let own = ParameterNames(architecture)
        let theirs = ParameterNames(family: architecture.family, in: weights.names)
        let stored = Set(weights.names)
        var random = GaussianNumbers(seed: seed)
        for parameter in layout.parameters {
            let isOfEncoder = parameter.name.hasPrefix(own.prefix)
            let rest = parameter.name.dropFirst(own.prefix.count)
            let source = isOfEncoder ? theirs.prefix + Self.sourceName(rest, own, layers) : parameter.name
            let isOfHead = !isOfEncoder || parameter.name.hasPrefix(own.pooler)
            if isOfHead, !stored.contains(source) || weights.shape(of: source) != parameter.shape {
                initialise(parameter, &random)
            } else {
                let floats = try weights.floats(source, shape: parameter.shape)
                for (index, value) in floats.enumerated() { parameters.start[parameter.start + index] = value }
            }
        }
    }

    /// The name of a parameter, without prefix, in the block that it starts as.
    private static func sourceName(_ name: Substring, _ names: ParameterNames, _ layers: [Int]?) -> String {
        for (index, source) in (layers ?? []).enumerated() {
            let (own, theirs) = (names.layer(index), names.layer(source))
            let part = own.dropFirst(names.prefix.count)
            if name.hasPrefix(part) {
                return String(theirs.dropFirst(names.prefix.count) + name.dropFirst(part.count))
            }
        }
        return String(name)
    }

    private func initialise(_ parameter: ParameterLayout.Parameter, _ random: inout GaussianNumbers) {
        let values = pointer(parameter.start)
        let isNorm = parameter.name.hasSuffix("norm.weight") || parameter.name.hasSuffix("Norm.weight")
        for index in 0..<parameter.count {
            values[index] = parameter.isMatrix ? 0.02 * random.next() : isNorm ? 1 : 0
        }
    }
}
