// SPDX-License-Identifier: Apache-2.0
public import Bert
public import Files

/// What a model says of each text of its tests, as CSV.
public enum PredictionTable {
    /// Writes `file,text,label,predicted,score` and a column of scores for each label.
    public static func write(_ tests: [ModelTest], of model: Model, to path: String) throws(FileError) {
        let labels = model.labels
        var text = CSV.row(["file", "text", "label", "predicted", "score"] + labels.map { "score " + $0 })
        for test in tests {
            for prediction in test.predictions {
                let predicted = prediction.predicted
                text += CSV.row(
                    [
                        test.path, prediction.text, labels[prediction.truth], labels[predicted],
                        "\(prediction.scores[predicted])",
                    ] + prediction.scores.map { "\($0)" }
                )
            }
        }
        let bytes = Array(text.utf8)
        try AtomicFile.write(path) { (file) throws(FileError) in try file.append(bytes) }
    }
}
