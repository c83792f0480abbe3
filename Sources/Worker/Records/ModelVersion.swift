// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Settings
import Threading

/// A model with all that belongs to it: how long a text may be, what its tags say of it, which texts it knows already.
///
/// Each record in flight carries the version that tags it, so that a second one can be there at the same time.
final class ModelVersion: Sendable {
    let model: Model
    /// How much of a text it reads.
    let limit: TextLimit
    let merge: WindowMerge
    /// From which scores on labels hold; nil where one always does, or scores are none of labels.
    let thresholds: LabelThresholds?
    /// The least share of a text's letters that the vocabulary must cover.
    let leastCoverage: Float
    private let cacheKey: CacheKey
    private let coverage: VocabularyCoverage?
    /// What tags say of the model.
    let tag: ModelTag
    /// What says something else of the same texts.
    let more: [MoreClassifier]
    /// Which of the classifiers read texts alike; those that read as the main one are first.
    let readings: [Reading]
    /// What the model, and those beside it, said of texts seen lately.
    let cache: Monitor<ScoreCache<InFlight>>
    /// What each word weighs in texts explained lately.
    let explanations: Monitor<ScoreCache<InFlight>>
    /// What records are decided by.
    let decisions: Decisions
    /// Watches its predictions; nil where nobody wants that.
    let drift: DriftMonitor?
    /// Makes what one encoder thread runs.
    let makeClassifier: ClassifierMaker
    /// What each of the encoder threads runs, by its number. They go with the version, which goes with its last record.
    private let classifiers = Monitor<[Int: any BatchClassifier]>([:])

    typealias ClassifierMaker = @Sendable () throws(FileError) -> any BatchClassifier

    init(
        model: Model,
        limit: TextLimit,
        merge: WindowMerge,
        thresholds: LabelThresholds? = nil,
        leastCoverage: Float = 0,
        cacheKey: CacheKey = .tokens,
        cacheBytes: Int,
        explanationBytes: Int = 0,
        decisions: Decisions = .none,
        drift: DriftMonitor? = nil,
        more: [MoreClassifier] = [],
        classifier: @escaping ClassifierMaker
    ) {
        self.model = model
        self.limit = limit
        self.merge = merge
        self.thresholds = thresholds
        self.leastCoverage = leastCoverage
        self.cacheKey = cacheKey
        coverage = leastCoverage > 0 ? model.tokenizer.coverage() : nil
        tag = ModelTag(
            name: model.name,
            digest: model.digest,
            precision: model.precision.rawValue,
            leavesEarly: model.leavesEarly
        )
        self.more = more
        let others = more.map(\.version)
        readings = Reading.all([(model.tokenizer, limit)] + others.map { ($0.model.tokenizer, $0.limit) })
        cache = Monitor(ScoreCache(maxBytes: cacheBytes))
        explanations = Monitor(ScoreCache(maxBytes: explanationBytes))
        self.decisions = decisions
        self.drift = drift
        makeClassifier = classifier
    }

    /// A model as the settings want it used.
    /// - Parameter more: the models of `model.more`.
    convenience init(
        settings: Settings,
        model: Model,
        drift: DriftMonitor? = nil,
        more: [NamedModel] = [],
        classifier: @escaping ClassifierMaker
    ) throws(SettingsError) {
        // A decided text is known by all of its letters, and what is said of it is short.
        let bytes = settings[Settings.cacheMaxBytes]
        let explanationBytes = settings[Settings.explain] == .off ? 0 : bytes / 2
        self.init(
            model: model,
            limit: try settings.textLimit(for: model),
            merge: settings.windowMerge,
            thresholds: model.scoreFunction == .sigmoid ? settings[Settings.modelLabelsThresholds] : nil,
            leastCoverage: settings[Settings.unscoredBelow],
            cacheKey: settings[Settings.cacheKey],
            cacheBytes: bytes - explanationBytes,
            explanationBytes: explanationBytes,
            decisions: Decisions(settings: settings),
            drift: drift,
            more: try [MoreClassifier](more, settings: settings),
            classifier: classifier
        )
    }

    /// A model as a worker's settings want it used, which are in order by themselves, where it suits them.
    convenience init(
        forWorker settings: Settings,
        model: Model,
        more: [NamedModel],
        classifier: @escaping ClassifierMaker
    ) throws(SettingsError) {
        try settings.checkLabels(of: model, more: more)
        try settings.verify(model)
        let drift = try DriftMonitor.check(settings: settings, model: model)
        try self.init(settings: settings, model: model, drift: drift, more: more, classifier: classifier)
    }

    /// Reserves the memory that so many encoder threads take.
    func reserve(_ threads: Int) throws(FileError) {
        for thread in 0..<threads { _ = try classifiers(of: thread) }
    }

    /// What an encoder thread runs, the main one first, as they are numbered.
    func classifiers(of thread: Int) throws(FileError) -> [any BatchClassifier] {
        var classifiers = [try classifier(of: thread)]
        for other in more { classifiers.append(try other.version.classifier(of: thread)) }
        return classifiers
    }

    /// What it runs of this model, which it alone uses.
    /// - Parameter thread: its number.
    func classifier(of thread: Int) throws(FileError) -> any BatchClassifier {
        if let known = classifiers.withLock({ $0[thread] }) { return known }
        let made = try makeClassifier()
        classifiers.withLock { $0[thread] = made }
        return made
    }

    /// Whether the vocabulary covers enough of a text for the model to say something of it.
    func canRead(_ encoding: Encoding, of text: @autoclosure () -> String) -> Bool {
        coverage?.share(of: encoding.sequences, in: text()).map { $0 >= leastCoverage } ?? true
    }

    /// What the cache knows a text by.
    /// - Parameter others: as those classifiers read it that do not read as the main one does.
    func key(of text: String, _ encoding: Encoding, _ others: [MoreReading] = []) -> ScoreCache<InFlight>.Key {
        // As many windows have as many rows.
        let counts = ([encoding.sequences] + others.map(\.sequences)).map { Int32($0.count) }
        switch cacheKey {
        case .tokens where others.isEmpty:
            return encoding.sequences
        case .tokens:
            return [counts] + encoding.sequences + others.flatMap(\.sequences)
        case .folded:
            let words = text.lowercased().split(whereSeparator: \.isWhitespace)
            let scalars = words.joined(separator: " ").unicodeScalars.map { Int32(bitPattern: $0.value) }
            return [scalars, counts]
        }
    }

    /// How rows of a text are laid out.
    /// - Parameter sequences: how many it has in a reading.
    func layout(_ sequences: (_ reading: Int) -> Int) -> RowLayout {
        var layout = RowLayout()
        for index in 0...more.count {
            let reading = readings.firstIndex { $0.classifiers.contains(index) } ?? 0
            layout.append(
                reading: reading,
                sequences: sequences(reading),
                width: classifier(index).model.rowWidth
            )
        }
        return layout
    }

    /// What batches are told apart by: a batch is of one version. What is read to explain a text is for the main classifier
    /// alone, and goes by itself where there are others.
    func batchIdentity(explains: Bool) -> ObjectIdentifier {
        explains && !more.isEmpty ? ObjectIdentifier(explanations) : ObjectIdentifier(self)
    }

    /// Tokenises a text.
    func encoding(of text: String) throws(Rejection) -> Encoding {
        guard let encoding = model.tokenizer.encoding(of: text, within: limit) else {
            let message = "the text has more tokens than text.max.tokens, which is \(limit.maxTokens)"
            throw Rejection(.tooLong, in: .tokenize, message)
        }
        return encoding
    }
}

/// What a tag says of the model that made it.
struct ModelTag: Sendable, Equatable {
    let name: String
    let digest: String
    let precision: String
    /// Whether texts may leave at an early exit: then a tag says how many layers its text went through.
    var leavesEarly = false

    /// What metrics say of the model.
    var labels: [(String, String)] { [("model", name), ("sha256", digest), ("precision", precision)] }
}
