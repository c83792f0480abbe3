// SPDX-License-Identifier: Apache-2.0

/// What the worker's memory does not exceed, by the settings that bound it: what is printed at the start.
///
/// A bound, not a forecast: with short texts a worker stays far below. What a compressed fetch unpacks to beyond the
/// fetch's own limit is not in it, nor the record that is set aside of each partition that begins while there is no room.
struct MemoryBound {
    /// Bytes in all.
    let bytes: Int

    /// A record in flight is there as it was read and as its text, as the message that comes of it, which holds the text
    /// again, and as librdkafka's copy of that.
    private static let copies = 4
    /// What an encoder holds of one token: its rows in the widest layers, some dozens of kilobytes.
    private static let bytesPerToken = 64 << 10

    /// - Parameter resident: what the process takes with its model loaded and nothing read.
    init(settings: Settings, encoders: Int, resident: Int) {
        let consumer = settings.consumerProperties
        let size: (String) -> Int = { consumer[$0].flatMap { Int($0) } ?? 0 }
        // A fetch is under way while as much as is allowed waits to be polled.
        let fetched = size("queued.max.messages.kbytes") * 1024 + size("fetch.max.bytes")
        let lane = settings[Settings.inflightMaxBytes] * Self.copies + fetched
        bytes =
            resident + settings[Settings.cacheMaxBytes] + settings[Settings.consumerWorkers] * lane
            + encoders * settings[Settings.batchMaxTokens] * Self.bytesPerToken
    }
}
