// SPDX-License-Identifier: Apache-2.0
public import Files

/// How far what a model says here is from what is expected of it: whether this machine, precision and instruction set
/// reproduce it.
public struct Verification: Sendable, Equatable {
    /// Texts that were looked at.
    public let texts: Int
    /// The lines of texts with other ids than expected.
    public private(set) var otherIDs: [Int] = []
    /// The greatest difference of a logit, and on which line it is.
    public private(set) var greatest: Float = 0
    /// See `greatest`; 0 where all are the same.
    public private(set) var greatestLine = 0
    /// The root of the mean square of the differences.
    public private(set) var meanSquareRoot: Float = 0
    /// The standard deviation of the expected logits.
    public private(set) var spread: Float = 0
    /// Texts whose highest logit is the expected one's.
    public private(set) var sameLabel = 0
    /// The greatest difference that is accepted; nil where bytes are judged by what they come to on the whole.
    public let tolerance: Float?

    /// Bytes reproduce what a model says if this share of texts keep their label and differences are no more than this
    /// share of the logits' spread.
    static let (leastSameLabel, greatestShare) = (0.98, Float(0.1))

    /// Tokenises and encodes all texts, on the thread that calls it.
    ///
    /// - Parameter tolerance: the greatest difference of a logit that is accepted; nil for the precision's own: in f32 1e-4
    ///   of the greatest expected logit, or of 1 where that is less.
    /// - Throws: where the model has no classifier, or an expected text does not fit the model.
    public init(_ expected: ExpectedOutputs, of model: Model, tolerance: Float? = nil) throws(FileError) {
        let classifier = try Classifier(model: model)
        let labels = model.architecture.labels.count
        texts = expected.cases.count
        let logits = expected.cases.flatMap(\.case.logits)
        let scale = logits.reduce(1) { max($0, abs($1)) }
        self.tolerance = tolerance ?? (model.precision == .f32 ? 1e-4 * scale : nil)
        var squares = 0.0
        for (line, entry) in expected.cases {
            guard entry.logits.count == labels, entry.ids.count <= model.maxTokens,
                entry.ids.allSatisfy({ 0 <= $0 && $0 < model.architecture.vocabularySize })
            else {
                let model =
                    "\(labels) labels, \(model.maxTokens) tokens and the ids below \(model.architecture.vocabularySize)"
                throw FileError(.invalid, path: expected.path, "line \(line) is not of this model, which has \(model)")
            }
            if Self.ids(of: entry, model, longest: expected.longest) != entry.ids { otherIDs.append(line) }
            let own = classifier.logits(TokenBatch([entry.ids]))
            for (one, other) in zip(own, entry.logits) {
                let difference = abs(one - other)
                squares += Double(difference) * Double(difference)
                // A NaN is no small difference either.
                if !(difference <= greatest) { (greatest, greatestLine) = (difference, line) }
            }
            if Self.best(own) == Self.best(entry.logits) { sameLabel += 1 }
        }
        meanSquareRoot = Float((squares / Double(max(logits.count, 1))).squareRoot())
        let mean = logits.reduce(0.0) { $0 + Double($1) } / Double(max(logits.count, 1))
        let variance = logits.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        spread = Float((variance / Double(max(logits.count, 1))).squareRoot())
    }

    /// Whether it does.
    public var isReproduced: Bool { problem == nil }

    /// Why not; nil if it does.
    public var problem: String? {
        if let line = otherIDs.first {
            return "\(otherIDs.count) of \(texts) texts have other ids, the first on line \(line)"
        }
        if let tolerance {
            guard !(greatest <= tolerance) else { return nil }
            return "a logit differs by \(greatest), on line \(greatestLine), and \(tolerance) is accepted"
        }
        if Double(sameLabel) < Self.leastSameLabel * Double(texts) {
            return "\(texts - sameLabel) of \(texts) texts have another label"
        }
        guard !(meanSquareRoot <= Self.greatestShare * spread) else { return nil }
        return "logits differ by \(meanSquareRoot), the root of the mean square, and they spread by \(spread)"
    }

    /// The ids of a text, cut where the file's maker cut the longest.
    private static func ids(of entry: ExpectedOutputs.Case, _ model: Model, longest: Int) -> [Int32]? {
        let limit = TextLimit(maxTokens: max(longest, Encoding.leastTokens), truncation: .head)
        return model.tokenizer.encoding(of: entry.text, within: limit)?.sequences.first
    }

    private static func best(_ logits: [Float]) -> Int? { logits.indices.max { logits[$0] < logits[$1] } }
}
