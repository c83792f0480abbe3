// SPDX-License-Identifier: Apache-2.0
import Configuration
import Threading

extension WorkerMetrics {
    /// All metrics, as text.
    func text(_ format: MetricsText.Format = .prometheus) -> String {
        let now = state.withLock { $0 }
        let workers = health.statuses
        let version = live.version
        var text = MetricsText(format)
        build.write(to: &text)
        text.metric(
            "cloud4bert_model_info",
            .gauge,
            "The model in use.",
            [(version.tag.labels, 1)]
        )
        reloads.write(to: &text)
        renewals.write(to: &text)
        more.write(version.more, to: &text)
        text.metric("cloud4bert_encoder_threads", .gauge, "Threads that encode.", encoders)
        records(workers.map(\.account), &text)
        text.metric(
            "cloud4bert_paused_partitions",
            .gauge,
            "Partitions that are not read, for lack of room or while the worker is paused.",
            workers.reduce(0) { $0 + ($1.isPaused ? $1.account.assignment.count : 0) }
        )
        control?.write(to: &text)
        text.metric("cloud4bert_tokens_total", .counter, "Tokens encoded.", tokens.value)
        text.metric(
            "cloud4bert_cache_requests_total",
            .counter,
            "Texts, by whether the model had said something of the same one already.",
            [([("result", "hit")], Double(cacheHits.value)), ([("result", "miss")], Double(cacheMisses.value))]
        )
        text.metric(
            "cloud4bert_explanations_total",
            .counter,
            "Records of which it was found out which words the scores rest on.",
            explanations.value
        )
        text.metric(
            "cloud4bert_tokenizer_cpu_seconds_total",
            .counter,
            "CPU time of the threads that read, in the tokenizer.",
            [([], Double(tokenizerNanoseconds.value) / 1e9)]
        )
        text.metric(
            "cloud4bert_encoder_cpu_seconds_total",
            .counter,
            "CPU time of the threads that encode, in the encoder.",
            [([], Double(encoderNanoseconds.value) / 1e9)]
        )
        text.histograms("cloud4bert_batch_texts", "Texts of a batch.", [([], batchTexts)])
        text.histograms("cloud4bert_batch_tokens", "Tokens of a batch.", [([], batchTokens)])
        text.histograms(
            "cloud4bert_batch_fill_ratio",
            "Tokens of a batch, as a share of batch.max.tokens.",
            [([], batchFill)]
        )
        text.histograms("cloud4bert_confidence", "Score of the best label of a record.", [([], confidence)])
        text.histograms(
            "cloud4bert_stage_duration_seconds",
            "Time of a record in decoding, in the tokenizer, in the queue of the encoders, of a batch in an encoder, and of a record from its result to the acknowledgement.",
            [
                ([("stage", "decode")], decodeTime), ([("stage", "tokenize")], tokenizeTime),
                ([("stage", "queue")], queueTime), ([("stage", "encode")], encodeTime),
                ([("stage", "publish")], publishTime),
            ]
        )
        text.histograms(
            "cloud4bert_end_to_end_seconds",
            "From the record's timestamp to the acknowledgement of its result.",
            [([], endToEndTime)]
        )
        text.histograms(
            "cloud4bert_urgent_end_to_end_seconds",
            "The same of urgent records alone, by priority.topics and priority.records.",
            [([], urgentTime)]
        )
        kafka(now, workers, &text)
        lag(workers, &text)
        kafkaClients.write(to: &text)
        version.drift?.write(to: &text)
        shadow?.write(to: &text)
        scoring?.write(to: &text)
        ProcessMetrics.write(to: &text)
        return text.text
    }

    /// The records' account: consumed = published + dead letters + skipped + in flight.
    private func records(_ accounts: [AssignedPartitions.Account], _ text: inout MetricsText) {
        let counts = accounts.map(\.counts)
        text.metric(
            "cloud4bert_records_consumed_total",
            .counter,
            "Records read.",
            counts.reduce(0) { $0 + $1.consumed }
        )
        text.metric(
            "cloud4bert_records_published_total",
            .counter,
            "Results acknowledged, dead letters aside.",
            counts.reduce(0) { $0 + $1.published }
        )
        text.metric(
            "cloud4bert_records_untagged_total",
            .counter,
            "Records published as they were: null values, and what input.filter does not admit.",
            counts.reduce(0) { $0 + $1.untagged }
        )
        let unscored = counts.reduce(into: [:]) { $0.merge($1.unscored, uniquingKeysWith: +) }
        text.metric(
            "cloud4bert_records_unscored_total",
            .counter,
            "Records published without a label, by reason: the vocabulary does not cover their texts, or they were too old.",
            Unscored.allCases.map { ([("reason", $0.rawValue)], Double(unscored[$0] ?? 0)) }
        )
        let tagged = counts.reduce(into: [:]) { $0.merge($1.tagged, uniquingKeysWith: +) }
        text.metric(
            "cloud4bert_records_classified_total",
            .counter,
            "Tagged records acknowledged, by label.",
            tagged.sorted { $0.key < $1.key }.map { ([("label", $0.key)], Double($0.value)) }
        )
        let decided = counts.reduce(into: [:]) { $0.merge($1.decided, uniquingKeysWith: +) }
        if !decided.isEmpty {
            text.metric(
                "cloud4bert_records_decided_total",
                .counter,
                "Tagged records acknowledged, by decision.",
                Decision.ofScores.map { ([("decision", $0.rawValue)], Double(decided[$0] ?? 0)) }
            )
        }
        let dead = counts.reduce(into: [:]) { $0.merge($1.deadLettered, uniquingKeysWith: +) }
        text.metric(
            "cloud4bert_records_dead_lettered_total",
            .counter,
            "Dead letters acknowledged, by reason.",
            Rejection.Reason.allCases.map { ([("reason", $0.rawValue)], Double(dead[$0] ?? 0)) }
        )
        let skipped = counts.reduce(into: [:]) { $0.merge($1.skipped, uniquingKeysWith: +) }
        text.metric(
            "cloud4bert_records_skipped_total",
            .counter,
            "Records without a result here, by reason.",
            Skip.allCases.map { ([("reason", $0.rawValue)], Double(skipped[$0] ?? 0)) }
        )
        text.metric(
            "cloud4bert_records_truncated_total",
            .counter,
            "Tagged records whose text was cut.",
            counts.reduce(0) { $0 + $1.truncated }
        )
        text.metric(
            "cloud4bert_inflight_records",
            .gauge,
            "Records read and not acknowledged.",
            accounts.reduce(0) { $0 + $1.inFlightRecords }
        )
        text.metric(
            "cloud4bert_inflight_bytes",
            .gauge,
            "Bytes of those records.",
            accounts.reduce(0) { $0 + $1.inFlightBytes }
        )
    }
}
