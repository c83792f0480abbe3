// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Settings

/// What the worker's memory does not exceed, by the settings and the model that bound it: what is printed at the start.
///
/// A bound, not a forecast: with short texts a worker stays far below. Not in it: what a compressed fetch unpacks to
/// beyond the fetch's own limit; records above `input.max.bytes` while they are set aside; and what texts swell to of
/// which each byte becomes a token (punctuation alone) or an escape in JSON (control characters).
struct MemoryBound {
    /// Bytes in all.
    let bytes: Int

    /// A record in flight is there as it was read and as its text, as the message that comes of it, which holds the text
    /// again, and as librdkafka's copy of that.
    private static let copies = 4

    /// - Parameters:
    ///   - models: what each encoder keeps memory for, the main one first.
    ///   - shadow: the second model, whose own texts wait for it and are read one by one.
    ///   - encoders: how many there are.
    ///   - partitions: of the input topics. A record of each may be set aside, where they all begin while there is no
    ///     room for records.
    ///   - resident: what the process takes with its model loaded and nothing read.
    /// - Throws: where the model has no classifier.
    init(
        settings: Settings,
        models: [Model],
        shadow: Model? = nil,
        encoders: Int,
        partitions: Int,
        resident: Int
    ) throws(FileError) {
        let consumer = settings.consumerProperties
        let size: (String) -> Int = { consumer[$0].flatMap { Int($0) } ?? 0 }
        // A fetch is under way while as much as is allowed waits to be polled.
        let fetched = size("queued.max.messages.kbytes") * 1024 + size("fetch.max.bytes")
        // Another consumer reads what was jumped over.
        let consumers = settings[Settings.catchUp] == .newestFirst ? 2 : 1
        let worker = settings[Settings.inflightMaxBytes] * Self.copies + consumers * fetched
        var encoder = 0
        for model in models { encoder += try Classifier.scratchBytes(for: model) + Self.batchBytes(settings, model) }
        var trial = 0
        if let shadow {
            // A text waits as it is, and the one that is read is there as ids, too.
            trial = try Classifier.scratchBytes(for: shadow) + 5 * ShadowQueue<Void>.limits.bytes
        }
        bytes =
            resident + trial + Scoring.memoryBound(settings) + settings[Settings.cacheMaxBytes] + settings.consumerCount
            * worker
            + partitions * settings[Settings.inputMaxBytes] + encoders * encoder
    }

    /// A batch's ids, each there in its text, too; and its rows as they come and as they are shared out.
    private static func batchBytes(_ settings: Settings, _ model: Model) -> Int {
        let tokens = max(settings[Settings.batchMaxTokens], model.maxTokens)
        let texts = min(settings[Settings.batchMaxTexts], tokens)
        return 2 * 4 * (tokens + texts * model.rowWidth)
    }
}
