// SPDX-License-Identifier: Apache-2.0

/// Runs a task on the thread that asks for it, so that a program that needs no other thread makes none.
public final class CallerExecutor: TaskExecutor {
    private struct Jobs {
        var waiting: [UnownedJob] = []
        var result: Int32?
    }

    private enum Next {
        case job(UnownedJob)
        case end(Int32)
    }

    private let jobs = Monitor(Jobs())

    /// Creates an executor without a task.
    public init() {}

    /// Runs a job after those before it.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.waiting.append(job) }
        jobs.broadcast()
    }

    /// Runs a task to its end, and returns what it comes to.
    public func run(_ body: @escaping @Sendable () async -> Int32) -> Int32 {
        let jobs = jobs
        Task(executorPreference: self) {
            let result = await body()
            jobs.withLock { $0.result = result }
            jobs.broadcast()
        }
        while true {
            switch next() {
            case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .end(let result): return result
            }
        }
    }

    private func next() -> Next {
        jobs.wait { jobs in
            if !jobs.waiting.isEmpty { return .done(.job(jobs.waiting.removeFirst())) }
            return jobs.result.map { .done(.end($0)) } ?? .wait(until: nil)
        }
    }
}
