// SPDX-License-Identifier: Apache-2.0

/// Packs for bytes. What comes from a layer norm has outlying columns, which scales of the columns even out; what comes
/// from GELU has outlying weights, which are set apart.
struct QuantisedPacker: LayerPacker {
    let kernels: Kernels

    func attention(
        query: LinearParameters,
        keyValue: LinearParameters
    ) -> (query: QuantisedLinear, keyValue: QuantisedLinear) {
        let columns = ColumnScales(query, keyValue)
        return (linear(query, columns: columns), linear(keyValue, columns: columns))
    }

    func attentionOutput(_ parameters: LinearParameters) -> QuantisedLinear { linear(parameters) }

    func feedForward(_ part: FeedForward) -> (intermediate: QuantisedLinear, output: QuantisedLinear) {
        let ordered = part.outliersLast()
        let inner = ordered.output.weight.count / ordered.output.bias.count
        let columns = ColumnScales(ordered.intermediate)
        return (
            linear(ordered.intermediate, columns: columns),
            linear(ordered.output, apart: FeedForward.apart(of: inner))
        )
    }

    private func linear(
        _ parameters: LinearParameters,
        columns: ColumnScales? = nil,
        apart: Int = 0
    ) -> QuantisedLinear {
        QuantisedLinear(
            weight: parameters.weight,
            bias: parameters.bias,
            columns: columns,
            apart: apart,
            kernels: kernels
        )
    }
}
