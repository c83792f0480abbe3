// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// A thread for a task that blocks, which so never holds up the cooperative pool.
///
/// `group.addTask(executorPreference: ThreadExecutor("c4b-intake")) { … }` runs the task on a new thread of that name,
/// which ends with the last reference to the executor.
public final class ThreadExecutor: TaskExecutor {
    private struct Jobs {
        var waiting: [UnownedJob] = []
        var isClosed = false
    }

    private let jobs = Monitor(Jobs())
    /// The thread's name in `top` and profiles.
    private let name: String

    /// Starts a thread; Linux keeps 15 bytes of its name.
    public init(_ name: String) throws(ThreadLimit) {
        self.name = name
        try start()
    }

    deinit {
        // The thread holds the monitor alone, so it outlives this for a moment and ends by itself: a join here could
        // be on that very thread, when the last reference goes with its last job.
        jobs.withLock { $0.isClosed = true }
        jobs.broadcast()
    }

    /// Runs a job after those before it.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.waiting.append(job) }
        jobs.broadcast()
    }

    private func start() throws(ThreadLimit) {
        let box = Unmanaged.passRetained(Entry(jobs: jobs, name: name, executor: asUnownedTaskExecutor()))
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { box in
                guard let box else { return nil }
                Unmanaged<Entry>.fromOpaque(box).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        guard code == 0 else {
            box.release()
            throw ThreadLimit(name, code: code)
        }
        pthread_detach(thread)
    }

    /// What the thread works on.
    private final class Entry {
        let jobs: Monitor<Jobs>
        let name: String
        let executor: UnownedTaskExecutor

        init(jobs: Monitor<Jobs>, name: String, executor: UnownedTaskExecutor) {
            self.jobs = jobs
            self.name = name
            self.executor = executor
        }

        func run() {
            // `pthread_setname_np` is not visible from Swift on Linux; this file does the same.
            if let file = fopen("/proc/thread-self/comm", "w") {
                fputs(String(name.prefix(15)), file)
                fclose(file)
            }
            while let job = next() { job.runSynchronously(on: executor) }
        }

        private func next() -> UnownedJob? {
            jobs.wait { jobs in
                if !jobs.waiting.isEmpty { return .done(jobs.waiting.removeFirst()) }
                return jobs.isClosed ? .done(nil) : .wait(until: nil)
            }
        }
    }
}
