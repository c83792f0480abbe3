// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files

extension Network {
    /// A network with the parameters of a model directory. That they are there in their shapes is checked first, so that
    /// sizes in a `config.json` take no memory that the weights don't fill.
    ///
    /// - Parameters:
    ///   - weights: the tensors of that directory.
    ///   - layers: which of its blocks each block of this network starts as; nil for the same.
    ///   - seed: for the parameters of a head that the directory does not have, which start as BERT's do: normal with
    ///     a deviation of 0.02, biases zero, norms one.
    /// - Throws: `FileError` where a parameter of the encoder is missing, has another shape or is not finite.
    convenience init(
        architecture: Architecture,
        dropout: DropoutRates,
        arithmetic: Arithmetic,
        weights: Weights,
        layers: [Int]? = nil,
        seed: UInt64
    ) throws(FileError) {
        guard architecture.isTrained else {
            let reason = "is a model of the type \(architecture.modelType), which runs here, but is not trained"
            throw FileError(.unsupported, path: weights.path, reason)
        }
        let sources = try Self.sources(of: architecture, in: weights, layers)
        self.init(architecture: architecture, dropout: dropout, arithmetic: arithmetic)
        var random = GaussianNumbers(seed: seed)
        for (parameter, source) in zip(layout.parameters, sources) {
            if let source {
                let floats = try weights.floats(source, shape: parameter.shape)
                for (index, value) in floats.enumerated() { parameters.start[parameter.start + index] = value }
            } else {
                initialise(parameter, &random)
            }
        }
    }

    /// The tensor that each parameter starts as; nil for those of a head that are not there or have another shape.
    private static func sources(
        of architecture: Architecture,
        in weights: Weights,
        _ layers: [Int]?
    ) throws(FileError) -> [String?] {
        let own = ParameterNames(architecture)
        let theirs = ParameterNames(architecture.plan, in: weights.names)
        var sources: [String?] = []
        for parameter in ParameterLayout(architecture).parameters {
            let isOfEncoder = parameter.name.hasPrefix(own.prefix)
            let rest = parameter.name.dropFirst(own.prefix.count)
            let ofHead = parameter.name == own.decoderBias ? theirs.decoderBias : parameter.name
            let source = isOfEncoder ? theirs.prefix + sourceName(rest, own, layers) : ofHead
            let isOfHead = !isOfEncoder || parameter.name.hasPrefix(own.pooler)
            if isOfHead, weights.shape(of: source) != parameter.shape {
                sources.append(nil)
            } else {
                try weights.check(source, shape: parameter.shape)
                sources.append(source)
            }
        }
        return sources
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
