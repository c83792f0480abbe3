// SPDX-License-Identifier: Apache-2.0
import Bert
import JSON

extension Command {
    static let classify = Command(
        name: "classify",
        arguments: Command.texts,
        summary: "score texts against the model's labels: [{\"label\": …, \"score\": …}], the best first",
        options: ModelSession.options + [Option("top-k", "N", "how many labels to give; 1 unless said, 0 for all")]
    ) { invocation in
        let session = try ModelSession(invocation)
        let classifier = try Classifier(model: session.model)
        let labels = session.model.architecture.labels.count
        let chosen = try invocation.integer("top-k", in: 0...1_000_000) ?? 1
        try TextInput(invocation).forEachBatch { texts in
            let encodings = try texts.map(session.encoding)
            let logits = classifier.logits(TokenBatch(encodings.flatMap(\.sequences)))
            var rows = BatchLogits(logits[...], labels: labels)
            for encoding in encodings {
                let ranking = session.ranking(of: rows.next(for: encoding), for: encoding)
                try session.checkFinite(ranking.lazy.map(\.score))
                try Terminal.json { $0.scores(chosen == 0 ? ranking[...] : ranking.prefix(chosen)) }
            }
        }
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
