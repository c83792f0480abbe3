// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Takes the figures of a load: times of records from here, processor time and batches from the worker's metrics.
final class FlowMeter {
    private let worker: WorkerProcess
    private let load: RecordLoad
    private var sent = 0

    init(worker: WorkerProcess, load: RecordLoad) {
        self.worker = worker
        self.load = load
    }

    /// Sends records, waits for their tags, and says what that took.
    func measure(_ name: String, _ send: () throws -> Void) throws -> FlowBench.Report.Load {
        let before = try worker.metrics()
        let (ownBefore, start) = (Self.ownProcessorSeconds, ContinuousClock.now)
        try send()
        let passages = try load.finish(from: sent)
        let (own, end) = (Self.ownProcessorSeconds - ownBefore, ContinuousClock.now)
        let after = try worker.metrics()
        sent += passages.count
        let growth = { (name: String) in (after[name] ?? 0) - (before[name] ?? 0) }
        let latencies = Samples(passages.compactMap { passage in passage.tagged.map { $0 - passage.sent } })
        let seconds = (end - start) / .seconds(1)
        let records = Double(passages.count)
        let encoder = growth("cloud4bert_encoder_cpu_seconds_total")
        let tokenizer = growth("cloud4bert_tokenizer_cpu_seconds_total")
        return FlowBench.Report.Load(
            load: name,
            recordsPerSecond: records / seconds,
            millisecondsP50: latencies.median * 1e3,
            millisecondsP99: latencies.p99 * 1e3,
            textsPerBatch: growth("cloud4bert_batch_texts_sum") / max(growth("cloud4bert_batch_texts_count"), 1),
            encoderMicrosecondsPerRecord: encoder / records * 1e6,
            tokenizerMicrosecondsPerRecord: tokenizer / records * 1e6,
            otherMicrosecondsPerRecord: (growth("process_cpu_seconds_total") - encoder - tokenizer) / records * 1e6,
            brokerCores: own / seconds
        )
    }

    private static var ownProcessorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
