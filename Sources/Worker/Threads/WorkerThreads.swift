// SPDX-License-Identifier: Apache-2.0
import Threading

/// All threads of a worker, made before the first of them has anything to do: it runs with all or not at all.
struct WorkerThreads {
    let http: ThreadExecutor
    let reload: ThreadExecutor
    /// nil where there is no shadow model.
    let shadow: ThreadExecutor?
    /// nil where no texts are scored by HTTP.
    let scoring: ThreadExecutor?
    /// nil where no file holds a secret.
    let secrets: ThreadExecutor?
    let encoders: [ThreadExecutor]
    let consumerWorkers: [(intake: ThreadExecutor, publish: ThreadExecutor, watch: ThreadExecutor)]

    init(
        encoders count: Int,
        consumerWorkers workerCount: Int,
        hasShadow: Bool,
        hasScoring: Bool,
        hasSecrets: Bool
    ) throws(ThreadLimit) {
        http = try ThreadExecutor("c4b-http")
        reload = try ThreadExecutor("c4b-reload")
        scoring = hasScoring ? try ThreadExecutor("c4b-scoring") : nil
        secrets = hasSecrets ? try ThreadExecutor("c4b-secrets") : nil
        shadow = hasShadow ? try ThreadExecutor("c4b-shadow") : nil
        var encoders: [ThreadExecutor] = []
        for index in 0..<count { encoders.append(try ThreadExecutor("c4b-encode-\(index)")) }
        self.encoders = encoders
        var consumerWorkers: [(ThreadExecutor, ThreadExecutor, ThreadExecutor)] = []
        for _ in 0..<workerCount {
            consumerWorkers.append(
                (try ThreadExecutor("c4b-intake"), try ThreadExecutor("c4b-publish"), try ThreadExecutor("c4b-watch"))
            )
        }
        self.consumerWorkers = consumerWorkers
    }
}
