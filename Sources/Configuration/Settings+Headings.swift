// SPDX-License-Identifier: Apache-2.0
package import Settings

extension Settings {
    /// All settings, under the headings of the configuration file.
    package static let table = SettingsTable(
        [
            ("Kafka", [bootstrapServers, groupID]),
            (
                "Input",
                [
                    inputTopics, inputFormat, inputText, inputTexts, inputPrefix, inputFilter, inputFiltered, editsKey,
                    textClean,
                    inputMaxBytes,
                    onTombstone, onEmpty,
                ]
            ),
            ("Priorities", [priorityTopics, priorityRecords]),
            ("Output", [outputTopic, outputRoutes, outputMode, outputField, deadLetterTopic]),
            ("Decisions", [decisionHold, decisionFlag, decisionReview, decisionBy, unscoredBelow, staleAfter]),
            ("Explanations", [explain, explainWords, explainMaxWords]),
            ("Corrections", [correctionsTopic]),
            (
                "Model",
                [
                    modelPath, modelPrecision, modelExit, modelLabelsMap, modelLabelsThresholds, modelMore, modelVerify,
                    modelShadowPath,
                    modelShadowSample,
                    textMaxTokens, textTruncation, windowsStride, windowsMax, windowsMerge,
                ]
            ),
            (
                "Threads and batches",
                [
                    consumerWorkers, encoderThreads, cacheMaxBytes, cacheKey, batchMaxTokens, batchMaxTexts,
                    batchMaxWait,
                    batchTargetP99,
                ]
            ),
            (
                "Delivery",
                [
                    deliveryGuarantee, transactionalIDPrefix, commitInterval, drainTimeout, shutdownTimeout,
                    stallTimeout,
                    inflightMaxRecords, inflightMaxBytes, catchUp, catchUpAfter,
                ]
            ),
            (
                "Scoring by HTTP",
                [httpScoring, httpScoringMaxTexts, httpScoringMaxBytes, httpScoringTimeout, httpToken]
            ),
            ("Watching it", [httpAddress, consoleShowText, driftReference, driftWindow, logLevel, logFormat]),
        ],
        foreign: KafkaSettings.keys
    )
}
