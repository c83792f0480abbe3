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

    /// Writes words and what they weigh: `[{"word": …, "start": …, "end": …, "weight": …}, …]`, places in Unicode scalars.
    /// - Parameter text: where they stand; nil where it is not to be shown.
    public mutating func words(_ words: some Sequence<WordWeight>, of text: String?) {
        let scalars = text.map { Array($0.unicodeScalars) }
        array { json in
            for word in words {
                json.object { json in
                    if let scalars {
                        var own = String.UnicodeScalarView()
                        own.append(contentsOf: scalars[word.place])
                        json.field("word", String(own))
                    }
                    json.field("start", word.place.lowerBound)
                    json.field("end", word.place.upperBound)
                    json.field("weight", word.weight)
                }
            }
        }
    }
}
