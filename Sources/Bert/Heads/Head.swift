// SPDX-License-Identifier: Apache-2.0

/// What a model computes from its last hidden states.
enum Head: Sendable {
    case classifier(ClassifierHead)
    case maskedLM(MaskedLMHead)
    case none
}
