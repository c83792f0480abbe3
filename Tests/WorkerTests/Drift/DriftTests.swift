// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// A worker that watches for drift.
@Suite(.ownThread) struct DriftTests {
    @Test("Windows of what a worker tagged are metrics, and the last one is served, to be kept")
    func worker() async throws {
        let topics = try TestTopics(partitions: 2)
        let flags = ["drift.reference": "100", "drift.window": "100"]
        let run = try RunningWorker(try topics.worker(flags))
        func page() throws -> String? { try RawClient.ask(run.worker.httpAddress, "GET /drift HTTP/1.0\r\n\r\n") }
        #expect(RawClient.status(try page()) == 503)
        // Texts that were seen already count like others, and dead letters do not.
        for _ in 0..<2 { try topics.produceTexts(0..<110) }
        try run.wait("the windows") { run.metric("cloud4bert_drift_records") == 200 }
        #expect(run.metric("cloud4bert_drift_mean_tokens", "last") >= 3)
        #expect(
            run.worker.metricsText.contains("# TYPE cloud4bert_drift_psi gauge\ncloud4bert_drift_psi{of=\"labels\"} ")
        )
        let kept = try page()
        #expect(RawClient.status(kept) == 200 && kept?.contains(#""records":100"#) == true)
        try await run.stop()
    }
}
