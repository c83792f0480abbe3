// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files

/// Takes a task through its steps: reports, evaluates, keeps the best model, saves its state, and goes on from there.
///
/// What a step does depends on its number, the seed and the weights alone, so that a run that was broken off and resumed
/// ends with the same bits as one that was not.
final class TrainingRun<Task: TrainingTask> {
    private let task: Task
    private let options: RunOptions
    private let steps: Int
    private let schedule: Schedule
    private let evaluateEvery: Int
    private let patience: Int?
    private let averageFrom: Int
    private let checkpoint: Checkpoint
    private let observer: (RunEvent) -> Void
    private let shouldStop: () -> Bool
    private let clock = ContinuousClock()
    private var state: RunState

    /// Prepares a run, or takes up a broken one where its checkpoint left it.
    ///
    /// - Parameters:
    ///   - patience: evaluations without a better score until the run ends; nil to go on to the end.
    ///   - averageFrom: the step from which on the weights are averaged; nil for none.
    ///   - identity: what decides the bits of the result.
    init(
        task: Task,
        options: RunOptions,
        stepsPerEpoch: Int,
        patience: Int? = nil,
        averageFrom: Int? = nil,
        identity: [String: String],
        observer: @escaping (RunEvent) -> Void,
        shouldStop: @escaping () -> Bool
    ) throws {
        self.task = task
        self.options = options
        steps = options.steps(ofEpoch: stepsPerEpoch)
        schedule = Schedule(peak: options.learningRate, steps: steps, warmUp: options.warmUp)
        evaluateEvery = max(1, stepsPerEpoch / options.evaluationsPerEpoch)
        self.patience = patience
        self.averageFrom = averageFrom ?? steps
        checkpoint = Checkpoint(directory: options.out, identity: identity)
        self.observer = observer
        self.shouldStop = shouldStop
        state = RunState()
        if options.resumes {
            state = try checkpoint.load(task.trainer, task.average)
            observer(.note("resumed after step \(state.step)"))
        }
    }

    /// Runs to the end, or until it is to stop.
    func run() throws -> RunEnd {
        // From the first step on there is a state to resume from.
        if state.step == 0 { try save() }
        var savedAt = clock.now
        var report = ReportWindow(now: clock.now)
        while state.step < steps {
            if isOutOfPatience { return try finish(.stoppedEarly) }
            if shouldStop() {
                try save()
                return .interrupted
            }
            state.step += 1
            let step = state.step
            let (batch, targets) = task.batch(at: step)
            let rate = schedule.rate(at: step)
            let result = task.trainer.step(
                batch,
                targets,
                step: step,
                learningRate: rate,
                dropout: Dropout(seed: options.seed, step: step)
            )
            guard result.losses.total.isFinite, result.gradientNorm.isFinite else {
                throw TrainingError(
                    "learning-rate: may be too high; the loss is \(result.losses.total) in step \(step)"
                )
            }
            if let average = task.average, step >= averageFrom, step % WeightAverage.interval == 0 {
                average.add()
            }
            report.add(result, tokens: batch.ids.count)
            let isLast = step == steps
            if step % options.reportEvery == 0 || isLast {
                let progress = report.progress(
                    step: step,
                    steps: steps,
                    rate: rate,
                    now: clock.now,
                    named: task.named
                )
                state.progress.append(progress)
                observer(.progress(progress))
                report = ReportWindow(now: clock.now)
            }
            if step % evaluateEvery == 0 || isLast {
                try evaluate()
                report.pause(until: clock.now)
            }
            let isDue =
                options.checkpointEvery.map { step % $0 == 0 } ?? (clock.now - savedAt > .seconds(300))
            if isDue, !isLast {
                try save()
                savedAt = clock.now
                report.pause(until: clock.now)
            }
        }
        return try finish(.finished)
    }

    private var isOutOfPatience: Bool {
        patience.map { state.evaluationsSinceBest >= $0 } ?? false
    }

    private func evaluate() throws {
        let evaluate = { [self] in
            let (score, figures) = task.evaluate()
            let isBest = state.bestScore.map { score > $0 } ?? true
            let evaluation = RunEvaluation(step: state.step, score: score, figures: figures, isBest: isBest)
            state.add(evaluation)
            if isBest { try task.save() }
            try RunReport.write(state, identity: checkpoint.identity, to: checkpoint.directory)
            observer(.evaluation(evaluation))
        }
        if let average = task.average { try average.whileApplied(evaluate) } else { try evaluate() }
    }

    private func save() throws(FileError) {
        try checkpoint.save(state, task.trainer, task.average)
    }

    private func finish(_ end: RunEnd) throws -> RunEnd {
        checkpoint.remove()
        return end
    }
}

/// What a run has been through; saved with its weights.
struct RunState: Codable, Equatable {
    var step = 0
    var bestScore: Double?
    var evaluationsSinceBest = 0
    var progress: [RunProgress] = []
    var evaluations: [RunEvaluation] = []

    mutating func add(_ evaluation: RunEvaluation) {
        evaluations.append(evaluation)
        if evaluation.isBest {
            bestScore = evaluation.score
            evaluationsSinceBest = 0
        } else {
            evaluationsSinceBest += 1
        }
    }
}

/// The steps since the last report.
private struct ReportWindow {
    private var start: ContinuousClock.Instant
    private var steps = 0
    private var tokens = 0
    private var losses = Losses()
    private var gradientNorm = 0.0
    private var last: ContinuousClock.Instant

    init(now: ContinuousClock.Instant) {
        start = now
        last = now
    }

    mutating func add(_ result: TrainingStep, tokens count: Int) {
        steps += 1
        tokens += count
        losses += result.losses
        gradientNorm += result.gradientNorm
    }

    /// Takes time that went into something else out of the reckoning.
    mutating func pause(until now: ContinuousClock.Instant) {
        if steps == 0 { start = now }
    }

    func progress(
        step: Int,
        steps all: Int,
        rate: Float,
        now: ContinuousClock.Instant,
        named: (Losses) -> [String: Double]
    ) -> RunProgress {
        let seconds = max((now - start) / .seconds(1), 1e-9)
        let count = Double(max(steps, 1))
        return RunProgress(
            step: step,
            steps: all,
            losses: named(losses).mapValues { $0 / count },
            gradientNorm: gradientNorm / count,
            learningRate: Double(rate),
            tokensPerSecond: Double(tokens) / seconds,
            secondsLeft: Double(all - step) * seconds / count
        )
    }
}
