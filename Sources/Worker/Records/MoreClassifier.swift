// SPDX-License-Identifier: Apache-2.0
public import Bert
import Configuration
import Files
public import Settings

/// A classifier that says something else of the same texts, beside the main one.
struct MoreClassifier: Sendable {
    /// What results, thresholds and routes call it.
    let name: String
    let version: ModelVersion
}

/// Classifiers of a version that read texts alike, with one tokenizer and up to one length, so that a text is tokenised once
/// for all of them, and one batch of ids goes through each.
struct Reading: Sendable, Equatable {
    /// Their indices, in order; 0 is the main one.
    let classifiers: [Int]

    /// Tells classifiers apart by how they read.
    static func all(_ readers: [(tokenizer: Tokenizer, limit: TextLimit)]) -> [Reading] {
        var groups: [[Int]] = []
        for (index, reader) in readers.enumerated() {
            let group = groups.firstIndex { group in
                let first = readers[group[0]]
                return first.limit == reader.limit && first.tokenizer.reads(like: reader.tokenizer)
            }
            if let group { groups[group].append(index) } else { groups.append([index]) }
        }
        return groups.map(Reading.init)
    }
}

/// What a text is to classifiers that do not read it as the main one does.
enum MoreReading: Sendable {
    case read(Encoding)
    /// Their vocabulary does not cover it.
    case unscored
    case failed(Rejection)

    var sequences: [[Int32]] { if case .read(let encoding) = self { encoding.sequences } else { [] } }
}

extension ModelVersion {
    /// One of the version's classifiers, as a version of its own; 0 is the main one.
    func classifier(_ index: Int) -> ModelVersion { index == 0 ? self : more[index - 1].version }

    /// How texts are read by those that do not read as the main classifier does. What one of them cannot read is no matter to
    /// the others.
    func readMore(_ texts: [TextPart]) -> [MoreReading] {
        readings.dropFirst().map { reading in
            do throws(Rejection) {
                let read = try classifier(reading.classifiers[0]).read(texts)
                return read.isCovered ? .read(read.encoded.encoding) : .unscored
            } catch {
                return .failed(error)
            }
        }
    }

    /// Says what the rows of the classifiers beside the main one mean, each by itself. Pure.
    ///
    /// - Parameters:
    ///   - rows: of all classifiers.
    ///   - encoding: as the main one reads the text.
    ///   - others: as those do that read it otherwise.
    func predictMore(
        _ rows: ArraySlice<Float>,
        _ layout: RowLayout,
        of encoding: Encoding,
        _ others: [MoreReading]
    ) -> [MorePrediction] {
        more.enumerated().map { index, classifier in
            let part = layout.parts[index + 1]
            let outcome: MorePrediction.Outcome
            switch part.reading == 0 ? .read(encoding) : others[part.reading - 1] {
            case .unscored: outcome = .unscored
            case .failed(let rejection): outcome = .failed(rejection)
            case .read(let encoding):
                do throws(Rejection) {
                    outcome = .scored(
                        try classifier.version.predict(layout.rows(of: index + 1, in: rows), of: encoding)
                    )
                } catch {
                    outcome = .failed(error)
                }
            }
            return MorePrediction(name: classifier.name, outcome: outcome, model: classifier.version.tag)
        }
    }
}

extension [MoreClassifier] {
    /// Loaded models as the settings want them used: as the main one, where they do not say otherwise. Texts are known to the
    /// main one's cache with all that is said of them.
    init(_ models: [NamedModel], settings: Settings) throws(SettingsError) {
        self = []
        for named in models {
            let model = named.model
            // Which of a text's windows is the most negative only such a label says.
            let hasNegative = model.negativeLabel != nil
            let version = ModelVersion(
                model: model,
                limit: try settings.textLimit(for: model),
                merge: settings.windowMerge == .maxNegative && !hasNegative ? .mean : settings.windowMerge,
                thresholds: model.scoreFunction == .sigmoid
                    ? settings[Settings.modelLabelsThresholds].forClassifier(named.name) : nil,
                leastCoverage: settings[Settings.unscoredBelow],
                cacheBytes: 0
            ) { () throws(FileError) in try Classifier(model: model) }
            append(MoreClassifier(name: named.name, version: version))
        }
    }
}

extension Worker {
    /// Loads the models of `model.more`, as a worker does at its start.
    /// - Returns: a line on each: its name, its labels, and its digest.
    public static func moreModels(settings: Settings, model: Model) throws -> [String] {
        let more = try settings.moreModels(beside: model)
        try settings.checkLabels(of: model, more: more)
        _ = try [MoreClassifier](more, settings: settings)
        return more.map { entry in
            let labels = entry.model.labels.joined(separator: ", ")
            return "model.more: \(entry.name) is \(entry.model.name), \(labels), sha256 \(entry.model.digest)"
        }
    }
}
