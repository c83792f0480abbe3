// SPDX-License-Identifier: Apache-2.0
import Bert
import JSON

extension Command {
    static let classify = Command(
        name: "classify",
        arguments: Command.texts,
        summary: "score texts against the model's labels: [{\"label\": …, \"score\": …}], the best first",
        examples: [
            #""I love this" "It crashes""#,
            "--top-k 3 < texts.txt",
        ],
        options: ModelSession.options + [
            Option("top-k", "N", "how many labels to give; 1 unless said, 0 for all"),
            Option("explain", nil, "what each word weighs, too; on a terminal the words are shaded"),
        ]
    ) { invocation in
        let session = try ModelSession(invocation)
        let classifier = try Classifier(model: session.model)
        let chosen = try invocation.integer("top-k", in: 0...1_000_000) ?? 1
        let explains = invocation.has("explain")
        try TextInput(invocation).forEachBatch { texts in
            let encodings = try texts.map(session.encoding)
            let all = classifier.rows(TokenBatch(encodings.flatMap(\.sequences)))
            var batch = BatchRows(all[...], of: session.model)
            for (text, encoding) in zip(texts, encodings) {
                let rows = batch.next(for: encoding)
                let ranking = session.ranking(of: rows, for: encoding)
                try session.checkFinite(ranking.lazy.map(\.score))
                let labels = chosen == 0 ? ranking[...] : ranking.prefix(chosen)
                if explains {
                    let words = session.words(of: text, rows, by: classifier)
                    try ExplainedText(text: text, words: words).show(labels)
                } else {
                    try Terminal.json { $0.scores(labels) }
                }
            }
        }
    }
}

/// A text with what its words weigh.
private struct ExplainedText {
    let text: String
    let words: [WordWeight]

    func show(_ labels: ArraySlice<LabelScore>) throws {
        guard Terminal.isInteractive else {
            return try Terminal.json { json in
                json.object { json in
                    json.name("scores")
                    json.scores(labels)
                    json.name("words")
                    json.words(words, of: text)
                }
            }
        }
        let scores = labels.map { "\($0.label) \(Double($0.score).text(3))" }.joined(separator: "  ")
        try Terminal.line("\(scores)  \(ShadedText(text: text, words: words).line)")
    }
}

extension Terminal {
    /// Writes one JSON value as a line.
    static func json(_ write: (inout JSONWriter) -> Void) throws {
        var json = JSONWriter()
        write(&json)
        try self.write(json.bytes + [UInt8(ascii: "\n")])
    }
}
