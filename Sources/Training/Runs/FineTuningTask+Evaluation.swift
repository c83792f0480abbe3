// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files

extension FineTuningTask {
    func evaluate() -> (score: Double, figures: [RunEvaluation.Figure]) {
        let labels = trainer.network.architecture.labels
        let found = validation.map { logits(of: $0.samples) }
        let (last, early) = (found.map(\.last), found.compactMap(\.early))
        scaling = scaling(of: last)
        exit = early.isEmpty ? nil : exit(last, early)
        let sources = validation.indices.map { index in
            let evaluation = { (scores: [[Float]]) in
                Evaluation(labels: labels, truths: last[index].labels, scores: scores)
            }
            var figures = Self.figures(of: evaluation(scaling.scores(of: last[index])))
            if options.calibrates {
                let before = evaluation(LogitScaling(labels: labels.count).scores(of: last[index]))
                figures.append(("calibration_error_before", before.calibration.expectedError))
            }
            if let exit {
                let source = exitSource(last[index], early[index], exit.scaling)
                let leaving = evaluation(source.scores(leavingAt: exit.confidence))
                figures.append(("weighted_f1_leaving_early", leaving.weighted.f1))
                figures.append(("left_early", source.leaving(at: exit.confidence)))
            }
            return (source: validation[index].name, figures: figures)
        }
        let means = sources[0].figures.enumerated().map { place, figure in
            let sum = sources.reduce(0) { $0 + $1.figures[place].value }
            return RunEvaluation.Figure(name: figure.name, value: sum / Double(sources.count))
        }
        let own = sources.flatMap { source, figures in
            figures.map { RunEvaluation.Figure(name: $0.name, source: source, value: $0.value) }
        }
        // The mean of macro F1: no source counts for more than another, nor a label for more than another.
        return (means[0].value, means + (sources.count == 1 ? [] : own))
    }

    /// What is told of each source, of the scores as the model that is written gives them; runs are compared by the first.
    private static func figures(of evaluation: Evaluation) -> [(name: String, value: Double)] {
        [
            ("macro_f1", evaluation.macro.f1), ("weighted_f1", evaluation.weighted.f1),
            ("macro_recall", evaluation.macro.recall), ("calibration_error", evaluation.calibration.expectedError),
        ]
    }

    private func scaling(of sources: [LogitScaling.Source]) -> LogitScaling {
        let labels = trainer.network.architecture.labels.count
        guard options.calibrates else { return LogitScaling(labels: labels) }
        return LogitScaling.fit(sources, labels: labels).levelled(over: named(sources))
    }

    /// Those of files that were named, if any were: they say what the model is for; shares of the training files, what it was
    /// made from.
    private func named<Source>(_ sources: [Source]) -> [Source] {
        options.validation.isEmpty ? sources : Array(sources.prefix(options.validation.count))
    }

    private func exit(
        _ last: [LogitScaling.Source],
        _ early: [LogitScaling.Source]
    ) -> (scaling: LogitScaling, confidence: Float) {
        let own = scaling(of: early)
        let sources = zip(last, early).map { exitSource($0, $1, own) }
        return (own, ExitThreshold.find(named(sources), labels: trainer.network.architecture.labels))
    }

    private func exitSource(
        _ last: LogitScaling.Source,
        _ early: LogitScaling.Source,
        _ own: LogitScaling
    ) -> ExitThreshold.Source {
        ExitThreshold.Source(scores: scaling.scores(of: last), early: own.scores(of: early), truths: last.labels)
    }

    func save() throws(FileError) {
        let network = trainer.network
        guard case .classifier(_, let classifier) = network.layout.head else { return }
        // On a copy: the run goes on with the weights as they are.
        let values = FloatBuffer(count: network.layout.count) {
            $0.initialize(from: network.parameters.start, count: network.layout.count)
        }
        var architecture = network.architecture
        Self.fold(scaling, into: classifier, values)
        if let exit, let place = network.layout.earlyExit {
            Self.fold(exit.scaling, into: place.classifier, values)
            architecture.earlyExit?.confidence = exit.confidence
        }
        try ModelWriter(source: options.model).write(
            to: options.run.out,
            architecture: architecture,
            tensors: network.layout.tensors(of: values),
            precision: options.run.precision
        )
    }

    private static func fold(_ scaling: LogitScaling, into place: ParameterLayout.LinearPlace, _ values: FloatBuffer) {
        let (weight, bias) = (values.start + place.weight, values.start + place.bias)
        for index in 0..<place.outputs * place.inputs { weight[index] /= Float(scaling.temperature) }
        for (label, own) in scaling.biases.enumerated() {
            bias[label] = Float(Double(bias[label]) / scaling.temperature + own)
        }
    }

    /// The logits of each text, at the end and at the early exit, if there is one.
    private func logits(of samples: [Sample]) -> (last: LogitScaling.Source, early: LogitScaling.Source?) {
        let labels = trainer.network.architecture.labels.count
        var (last, early) = (
            [[Float]](repeating: [], count: samples.count), [[Float]](repeating: [], count: samples.count)
        )
        last.withUnsafeMutableBufferPointer { last in
            early.withUnsafeMutableBufferPointer { early in
                nonisolated(unsafe) let (last, early) = (last, early)
                trainer.forEachChunk(TokenBatch(samples.map(\.ids))) { head, chunk, block in
                    let (end, exit) = (head.logits(chunk, block), head.earlyLogits(chunk, block))
                    for (row, text) in chunk.texts.enumerated() {
                        last[text] = Array(UnsafeBufferPointer(start: end + row * labels, count: labels))
                        if let exit {
                            early[text] = Array(UnsafeBufferPointer(start: exit + row * labels, count: labels))
                        }
                    }
                }
            }
        }
        let truths = samples.compactMap(\.label)
        let hasExit = trainer.network.earlyExit != nil
        return (
            LogitScaling.Source(logits: last, labels: truths),
            hasExit ? LogitScaling.Source(logits: early, labels: truths) : nil
        )
    }
}
