// SPDX-License-Identifier: Apache-2.0
public import JSON

extension JSONWriter {
    /// Writes labels and scores as Hugging Face's pipelines do: `[{"label": …, "score": …}, …]`.
    public mutating func scores(_ ranking: some Sequence<LabelScore>) {
        array { json in
            for entry in ranking {
                json.object { json in
                    json.name("label")
                    json.string(entry.label)
                    json.name("score")
                    json.number(entry.score)
                }
            }
        }
    }
}
