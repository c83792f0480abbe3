// SPDX-License-Identifier: Apache-2.0
public import JSON

extension JSONWriter {
    /// Writes labels and scores as Hugging Face's pipelines do: `[{"label": …, "score": …}, …]`.
    public mutating func scores(_ ranking: some Sequence<LabelScore>) {
        array { json in
            for entry in ranking {
                json.object { json in
                    json.field("label", entry.label)
                    json.field("score", entry.score)
                }
            }
        }
    }
}
