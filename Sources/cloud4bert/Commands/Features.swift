// SPDX-License-Identifier: Apache-2.0
import Bert
import JSON

extension Command {
    static let features = Command(
        name: "features",
        arguments: Command.texts,
        summary: "give the last hidden states of texts: [[…], …], a row a token",
        options: ModelSession.options + [
            Option("pool", "cls|mean", "one vector a text: the first token's, or the mean over all tokens"),
            Option("layers", "N", "after N layers instead of all; 0 gives the embeddings"),
            Option(
                "out",
                "FILE.npy",
                "write one f32 array for NumPy: [texts, width] with --pool, else [texts, tokens, width]"
            ),
        ]
    ) { invocation in
        // These are numbers to compare with the reference.
        let session = try ModelSession(invocation, precision: .f32)
        let extractor = FeatureExtractor(model: session.model)
        let width = session.model.architecture.width
        let pooling = try invocation.choice("pool", FeatureExtractor.Pooling.self)
        let layers = try invocation.integer("layers", in: 0...session.model.architecture.layers)
        var array = invocation.value("out").map { FeatureArray(path: $0, width: width) }
        try TextInput(invocation).forEachBatch { texts in
            for text in texts {
                let ids = try session.encoding(of: text).sequences
                guard ids.count == 1 else { throw InputError("features do not go with text.truncation=windows") }
                var features = extractor.features(ids[0], layers: layers)
                if let pooling { features = extractor.pool(features, by: pooling) }
                try session.checkFinite(features)
                if array != nil {
                    array?.append(features)
                } else {
                    try Terminal.json { $0.matrix(features, width: width, isRow: pooling != nil) }
                }
            }
        }
        try array?.write(isPooled: pooling != nil)
    }
}

extension JSONWriter {
    /// Writes `[rows, width]`, or its one row as a vector.
    fileprivate mutating func matrix(_ values: [Float], width: Int, isRow: Bool) {
        let row = { (json: inout JSONWriter, start: Int) in
            json.array { json in values[start..<start + width].forEach { json.number($0) } }
        }
        if isRow { return row(&self, 0) }
        array { json in
            for start in stride(from: 0, to: values.count, by: width) { row(&json, start) }
        }
    }
}
