// SPDX-License-Identifier: Apache-2.0
public import Settings

extension Settings {
    /// Reads all settings of cloud4bert.
    ///
    /// Keys that begin with `kafka.` go to librdkafka without that prefix: `kafka.consumer.` to the consumer alone,
    /// `kafka.producer.` to the producer.
    ///
    /// - Parameters:
    ///   - file: path of a `.properties` file, if there is one.
    ///   - environment: variables; those that begin with `CLOUD4BERT_` are settings.
    ///   - malformed: names of variables that are not UTF-8. They are refused where they are wanted, and not mended.
    ///   - flags: keys and values of the command line; of two for one key the later one wins.
    ///   - spelling: how a key is written on the command line, for errors.
    ///   - isForWorker: what a worker cannot run with is wrong too.
    ///   - checksModels: the models' directories are looked into, and what is wrong there is wrong too.
    /// - Throws: `SettingsError` with everything that is wrong.
    public init(
        file: String?,
        environment: [String: String],
        malformed: Set<String> = [],
        flags: [(key: String, value: String)],
        spelling: @escaping (_ key: String) -> String = { $0 },
        isForWorker: Bool = false,
        checksModels: Bool = false
    ) throws(SettingsError) {
        try self.init(
            Self.table,
            file: file,
            environment: environment,
            malformed: malformed,
            flags: flags,
            spelling: spelling
        ) { settings in
            var problems: [String] = []
            for (key, problem) in settings.propertyProblems() {
                problems.append(problem)
                settings.forget(key)
            }
            settings.deriveDefaults()
            if isForWorker { problems += settings.workerProblems() }
            if checksModels { problems += settings.modelProblems() }
            return problems
        }
    }
}
