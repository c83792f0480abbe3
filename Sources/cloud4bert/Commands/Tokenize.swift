// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import JSON
import Settings

extension Command {
    static let tokenize = Command(
        name: "tokenize",
        arguments: Command.texts,
        summary:
            "show the tokens of texts as the model reads them, and where they stand: {\"ids\": […], \"tokens\": […], \"offsets\": […]}",
        options: ModelSession.options,
        usesThreads: false
    ) { invocation in
        let settings = try invocation.settings()
        // Only the tokenizer is needed, so a directory without weights will do.
        let directory = try settings.modelDirectory()
        let tokenizer = try Tokenizer(directory: directory)
        let positions = try Architecture.positions(directory: directory)
        let limit = try settings.textLimit(for: tokenizer, upTo: tokenizer.maxTokens(positions: positions))
        try TextInput(invocation).forEachBatch { texts in
            for text in texts {
                guard let (encoding, places) = tokenizer.encodingWithPlaces(of: text, within: limit) else {
                    throw InputError("a text has more than \(limit.maxTokens) tokens, and text.truncation is reject")
                }
                let ids = encoding.sequences.flatMap(\.self)
                try Terminal.json { json in
                    json.object { json in
                        json.name("ids")
                        json.array { json in ids.forEach { json.integer($0) } }
                        json.name("tokens")
                        json.array { json in ids.forEach { json.string(tokenizer.vocabulary.token(of: $0)) } }
                        json.name("offsets")
                        json.array { json in
                            for place in places.flatMap(\.self) {
                                json.array { json in
                                    json.integer(place?.lowerBound ?? 0)
                                    json.integer(place?.upperBound ?? 0)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
