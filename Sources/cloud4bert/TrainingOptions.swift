// SPDX-License-Identifier: Apache-2.0
import Bert
import Glibc
import Synchronization
import Threading
import Training

/// The options that all training commands have, and how a run is watched.
enum TrainingOptions {
    static let shared = [
        Command.Option("out", "DIR", "where the model goes; must not hold another one"),
        Command.Option("epochs", "N", "how often each text is seen; may be a fraction"),
        Command.Option("batch-size", "N", "texts of one step"),
        Command.Option("learning-rate", "RATE", "the highest learning rate"),
        Command.Option("warm-up", "SHARE", "share of the steps in which the learning rate rises"),
        Command.Option("weight-decay", "RATE", "how much the matrices shrink by themselves"),
        Command.Option("max-tokens", "N", "the longest text; the rest of a longer one is not read"),
        Command.Option("precision", "f32|f16", "how the weights are stored; f32 unless said"),
        Command.Option("bf16", nil, "multiply in bfloat16: faster, with 8 bits of precision in the products' operands"),
        Command.Option("seed", "N", "every random number comes from it; 0 unless said"),
        Command.Option("threads", "N", "threads to train on; as many as there are cores unless said"),
        Command.Option("checkpoint-every", "STEPS", "how often the state is saved; every five minutes unless said"),
        Command.Option("report-every", "STEPS", "how often a line is written; 50 unless said"),
        Command.Option("resume", nil, "go on from the checkpoint in --out"),
    ]

    /// Where the model goes, which must be said.
    static func out(_ invocation: Invocation) throws -> String {
        guard let out = invocation.value("out") else { throw UsageError("--out DIR is needed") }
        return out
    }

    /// Puts what was given in the place of what is usual.
    static func read(_ invocation: Invocation, into run: inout RunOptions) throws {
        run.epochs = try invocation.number("epochs", in: 0.0001...10_000) ?? run.epochs
        run.batchSize = try invocation.integer("batch-size", in: 1...65_536) ?? run.batchSize
        run.learningRate = try invocation.number("learning-rate", in: 0...10).map { Float($0) } ?? run.learningRate
        run.warmUp = try invocation.number("warm-up", in: 0...1) ?? run.warmUp
        run.weightDecay = try invocation.number("weight-decay", in: 0...1).map { Float($0) } ?? run.weightDecay
        run.maxTokens = try invocation.integer("max-tokens", in: 3...1_048_576) ?? run.maxTokens
        run.evaluationsPerEpoch = try invocation.integer("evaluations", in: 1...1000) ?? run.evaluationsPerEpoch
        run.precision = try invocation.choice("precision", StoredPrecision.self) ?? run.precision
        run.usesBF16 = invocation.has("bf16")
        run.seed = try invocation.integer("seed", in: 0...Int.max).map { UInt64($0) } ?? run.seed
        run.threads = try invocation.integer("threads", in: 1...512) ?? Processors.available()
        run.checkpointEvery = try invocation.integer("checkpoint-every", in: 1...Int.max)
        run.reportEvery = try invocation.integer("report-every", in: 1...Int.max) ?? run.reportEvery
        run.resumes = invocation.has("resume")
    }

    /// The files that an option names, and how often their texts are seen.
    static func sources(_ option: String, _ invocation: Invocation) throws -> [TrainingSource] {
        try invocation.values(option).map { try source($0, option) }
    }

    /// Takes `FILE*N` apart. A file that has a `*` in its own name, and is there, is taken by its name.
    private static func source(_ value: String, _ option: String) throws -> TrainingSource {
        guard let star = value.lastIndex(of: "*"), access(value, F_OK) != 0 else { return TrainingSource(value) }
        let (path, times) = (value[..<star], value[value.index(after: star)...])
        // Without the signs, exponents and infinities that `Double` reads too.
        let isDecimal = times.utf8.allSatisfy { "0123456789.".utf8.contains($0) }
        guard !path.isEmpty, isDecimal, let number = Double(times), number > 0, number <= mostTimes else {
            throw UsageError(
                "--\(option) takes FILE or FILE*N, N a number above 0 and up to \(Int(mostTimes)) such as 3 or 0.5, "
                    + "not '\(value)'"
            )
        }
        return TrainingSource(String(path), timesPerEpoch: number)
    }

    /// How often a text may be seen in an epoch.
    private static let mostTimes = 1000.0

    /// Runs a training and tells how it goes; SIGINT and SIGTERM save the state and end it. Before the first step there
    /// is no state, and they end it at once.
    static func watch(
        _ out: String,
        _ run: (_ observer: @escaping (RunEvent) -> Void, _ shouldStop: @escaping () -> Bool) throws -> RunEnd
    ) throws {
        let stop = StopFlag()
        let signals = Signals { number in
            guard stop.hasBegun.load(ordering: .acquiring) else { _exit(128 + number) }
            stop.signal.store(number, ordering: .relaxed)
        }
        defer { withExtendedLifetime(signals) {} }
        var display = TrainingDisplay()
        let end = try run({ display.show($0) }) {
            stop.hasBegun.store(true, ordering: .releasing)
            return stop.signal.load(ordering: .relaxed) != 0
        }
        display.close()
        switch end {
        case .finished: break
        case .stoppedEarly: Terminal.complain("stopped: the validation score rises no more; \(out) has the best model")
        case .interrupted:
            throw Interrupted(
                message: "saved in \(out); the same command with --resume goes on from there",
                exitCode: 128 + stop.signal.load(ordering: .relaxed)
            )
        }
    }

    private final class StopFlag: Sendable {
        /// Whether there is a state to save.
        let hasBegun = Atomic(false)
        /// The signal that came; 0 before.
        let signal = Atomic<Int32>(0)
    }
}

/// A signal ended a run, whose state is saved.
struct Interrupted: Error {
    let message: String
    /// As a shell reports a process that this signal ended.
    let exitCode: Int32
}
