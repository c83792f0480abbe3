// SPDX-License-Identifier: Apache-2.0
internal import Bert

/// A text as the network reads it.
struct Sample: Sendable {
    let text: String
    let ids: [Int32]
    /// Index of its label; nil where it has none.
    let label: Int?
    /// Whether what teachers say of it is learned.
    var hasTeachers = true

    /// What the teachers' loss weighs, where it weighs `share` for texts with a label: all where there is none.
    func teacherShare(_ share: Float) -> Float { label == nil ? 1 : hasTeachers ? share : 0 }
}

/// Tokenises examples on all threads.
struct SampleReader: Sendable {
    let tokenizer: Tokenizer
    let maxTokens: Int
    let threads: Threads

    /// The samples of some texts.
    func samples(
        _ examples: [Dataset.Example],
        hasTeachers: Bool = true,
        label: (Dataset.Example) -> Int?
    ) -> [Sample] {
        threads.map(examples) {
            Sample(text: $0.text, ids: ids(of: $0.text), label: label($0), hasTeachers: hasTeachers)
        }
    }

    /// The ids of a text, cut to the most tokens; an empty text has [CLS] and [SEP] alone.
    func ids(of text: String) -> [Int32] {
        let encoding = tokenizer.encoding(
            of: text,
            within: TextLimit(maxTokens: maxTokens, truncation: tokenizer.truncation)
        )
        return encoding?.sequences[0] ?? []
    }
}
