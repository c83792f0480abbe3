// SPDX-License-Identifier: Apache-2.0
internal import Files

/// A second classifier, on an earlier layer: texts that it is sure of go no further, as in Xin et al., "DeeBERT: Dynamic Early
/// Exiting for Accelerating BERT Inference" (2020, arXiv 2004.12993).
///
/// `early_exit_layer` and `early_exit_confidence` in `config.json`, and the tensors `early_exit.pooler` and
/// `early_exit.classifier`, which `transformers` passes over.
public struct EarlyExit: Sendable, Equatable {
    /// After how many layers, from 1 to one less than all.
    public let layer: Int
    /// The least score of the best label at which a text leaves there, unless something else is asked for.
    public package(set) var confidence: Float

    package init(layer: Int, confidence: Float = 1) {
        self.layer = layer
        self.confidence = confidence
    }
}

/// Which texts leave at a model's early exit.
public enum ExitRule: Sendable, Equatable {
    /// Those of which it is as sure as `early_exit_confidence` says; none in a model without an exit.
    case auto
    /// None: each text goes through all layers.
    case off
    /// Those of which it is at least as sure as this, above 0 to 1.
    case confidence(Float)
    /// Each, in a model with an exit: the later layers are not loaded at all.
    case always
}

extension ConfigurationFile {
    /// The early exit of a classifier of so many layers; nil where there is none.
    func earlyExit(layers: Int) throws(FileError) -> EarlyExit? {
        let place = ModelPlan.ConfigurationKeys.Size(.earlyExitLayer, standard: 0)
        guard states(place) else { return nil }
        guard layers > 1 else { throw error(.invalid, .earlyExitLayer, "is given, and there is one layer in all") }
        let layer = try size(place, atMost: layers - 1)
        return EarlyExit(layer: layer, confidence: try share(.earlyExitConfidence) ?? 1)
    }
}
