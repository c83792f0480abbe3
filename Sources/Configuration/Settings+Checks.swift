// SPDX-License-Identifier: Apache-2.0
public import Bert
public import Files
import HTTP
public import Settings
internal import Threading

extension Settings {
    /// What the worker cannot run with: settings that it needs and that are empty, and bad combinations.
    package func workerProblems() -> [String] {
        var problems: [String] = []
        let needed = [
            ("bootstrap.servers", self[Settings.bootstrapServers].isEmpty),
            ("input.topics", self[Settings.inputTopics].isEmpty),
            ("output.topic", self[Settings.outputTopic].isEmpty),
            ("dead.letter.topic", self[Settings.deadLetterTopic].isEmpty),
            ("group.id", self[Settings.groupID].isEmpty),
        ]
        for (key, isEmpty) in needed where isEmpty { problems.append("\(key): not set, and the worker needs it") }
        problems += InputTopics.problems(in: self) + clientProblems()
        let session = sessionTimeout
        if self[Settings.drainTimeout] >= .milliseconds(session) {
            problems.append(
                "drain.timeout: \(self[Settings.drainTimeout].text) is not below kafka.session.timeout.ms, which is "
                    + "\(session); the group would give the partitions away during the drain"
            )
        }
        let poll = maxPollInterval
        if self[Settings.drainTimeout] * 2 >= .milliseconds(poll) {
            problems.append(
                "drain.timeout: \(self[Settings.drainTimeout].text) is not below half of kafka.max.poll.interval.ms, "
                    + "which is \(poll); nothing is polled during the drain and the commit after it"
            )
        }
        if self[Settings.stallTimeout] <= self[Settings.commitInterval] {
            problems.append("stall.timeout: must be above commit.interval, or every worker would seem to stall")
        }
        if consumerProperties["group.instance.id"] != nil, self[Settings.consumerWorkers] > 1 {
            problems.append("kafka.consumer.group.instance.id: names one consumer, and consumer.workers makes several")
        }
        if consumerProperties["group.instance.id"] != nil, !self[Settings.priorityTopics].isEmpty {
            problems.append("kafka.consumer.group.instance.id: names one consumer, and priority.topics has its own")
        }
        problems += transactionProblems()
        if self[Settings.catchUp] == .newestFirst, let stale = self[Settings.staleAfter],
            stale <= self[Settings.catchUpAfter]
        {
            problems.append(
                "stale.after: \(stale.text) is not above catch.up.after, which is "
                    + "\(self[Settings.catchUpAfter].text); nothing that is jumped over would ever be scored"
            )
        }
        if self[Settings.outputMode] == .merge, self[Settings.inputFormat] == .text {
            problems.append("output.mode: merge needs input.format=json, to have an object to merge into")
        }
        for filter in [Settings.inputFilter, Settings.priorityRecords]
        where self[Settings.inputFormat] == .text && self[filter].needsJSON {
            problems.append(
                "\(filter.key): looks into JSON, and input.format=text has none; of such records it knows headers"
            )
        }
        if self[Settings.priorityRecords].isOnElements {
            problems.append("priority.records: has a condition on each element of an array, and is about whole records")
        }
        if self[Settings.outputMode] == .merge, self[Settings.outputField].isEmpty {
            problems.append("output.field: not set, and output.mode=merge needs it")
        }
        if !self[Settings.modelShadowPath].isEmpty, self[Settings.modelShadowSample] == 0 {
            problems.append(
                "model.shadow.sample: is 0, and nothing would be compared with model.shadow.path; raise it, or leave the path out"
            )
        }
        let address = self[Settings.httpAddress]
        if self[Settings.httpScoring] == .on, self[Settings.httpToken].isEmpty, !address.isLoopback {
            problems.append(
                "http.token: not set, and http.scoring=on needs it where others than this machine reach http.address, which "
                    + "is \(address)"
            )
        }
        return problems + self[Settings.modelMore].problems + decisionProblems() + hiddenThresholds()
    }

    /// Thresholds that contradict each other or can never apply, and routes that nothing takes.
    package func decisionProblems() -> [String] {
        var problems: [String] = []
        if self[Settings.inputFormat] == .text, self[Settings.editsKey]?.isInJSON == true {
            problems.append("edits.key: points into JSON, and input.format=text has none; it knows headers and the key")
        }
        if self[Settings.inputFormat] == .text, self[Settings.decisionBy]?.isInJSON == true {
            problems.append("decision.by: points into JSON, and input.format=text has none; it knows headers")
        }
        for setting in Self.bands where self[Settings.decisionBy] == nil && self[setting].isByTenant {
            problems.append(
                "\(setting.key): has a threshold of one tenant, and decision.by does not say where tenants are"
            )
        }
        for setting in Self.bands {
            guard let (one, other) = self[setting].overlap else { continue }
            problems.append(
                "\(setting.key): '\(one)' and '\(other)' are for the same label and have scores in common; leave one out, or "
                    + "have one end where the other begins"
            )
        }
        if self[Settings.explain] == .decided, Self.bands.allSatisfy({ self[$0].isEmpty }) {
            problems.append("explain: 'decided' needs thresholds, and none of decision.hold, .flag and .review is set")
        }
        let routed = self[Settings.outputRoutes].names
        for decision in Decision.allCases where routed.contains(decision.rawValue) {
            guard let setting = decision.setting, self[setting].isEmpty else { continue }
            problems.append("output.routes: has a topic for '\(decision.rawValue)', and \(setting.key) is not set")
        }
        return problems
    }

    private static var bands: [Setting<ScoreBands>] { Decision.allCases.compactMap(\.setting) }

    /// What is wrong with the models' directories, as far as that shows without their weights, and with settings that do
    /// not suit the model.
    package func modelProblems() -> [String] {
        var problems: [String] = []
        do throws(FileError) {
            let model = try ModelDirectory(modelDirectory())
            try model.checkClassifier()
            let (more, moreProblems) = moreOwners()
            problems += moreProblems
            if let problem = self[Settings.modelLabelsMap]?.problem(for: model.architecture) {
                problems.append("\(Settings.modelLabelsMap.key): \(problem)")
            } else if moreProblems.isEmpty {
                let main = KnownLabels.Owner(
                    name: nil,
                    labels: model.architecture.labels(by: self[Settings.modelLabelsMap]),
                    function: model.architecture.scoreFunction
                )
                problems += labelProblems(KnownLabels(owners: [main] + more))
            }
            do throws(SettingsError) {
                _ = try textLimit(for: model.tokenizer, upTo: model.maxTokens)
            } catch {
                problems += error.problems
            }
        } catch {
            problems.append("model.path: \(error)")
        }
        let shadow = self[Settings.modelShadowPath]
        guard !shadow.isEmpty else { return problems }
        do throws(FileError) {
            try ModelDirectory(Self.directory(ofModel: shadow)).checkClassifier()
        } catch {
            problems.append("model.shadow.path: \(error)")
        }
        return problems
    }

    /// The labels of the classifiers of `model.more`, by their directories, and what is wrong with these.
    private func moreOwners() -> (owners: [KnownLabels.Owner], problems: [String]) {
        var (owners, problems): ([KnownLabels.Owner], [String]) = ([], [])
        for entry in self[Settings.modelMore].entries {
            do throws(FileError) {
                let model = try ModelDirectory(entry.directory)
                try model.checkClassifier()
                let (labels, function) = (model.architecture.labels(by: nil), model.architecture.scoreFunction)
                owners.append(KnownLabels.Owner(name: entry.name, labels: labels, function: function))
                do throws(SettingsError) {
                    _ = try textLimit(for: model.tokenizer, upTo: model.maxTokens)
                } catch {
                    problems += error.problems.map { "\($0), by '\(entry.name)' of \(Settings.modelMore.key)" }
                }
            } catch {
                problems.append("\(Settings.modelMore.key): '\(entry.name)': \(error)")
            }
        }
        return (owners, problems)
    }

    /// Throws where thresholds or routes are for labels that no classifier has, or windows go by one.
    /// - Parameter more: the classifiers beside the main one.
    package func checkLabels(of model: Model, more: [NamedModel] = []) throws(SettingsError) {
        let named: [(String?, Model)] = [(nil, model)] + more.map { (Optional($0.name), $0.model) }
        let owners = named.map { name, model in
            KnownLabels.Owner(name: name, labels: model.labels, function: model.scoreFunction)
        }
        let problems = labelProblems(KnownLabels(owners: owners))
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
    }

    private func labelProblems(_ known: KnownLabels) -> [String] {
        let decisions = Decision.allCases.map(\.rawValue)
        func unknown(_ key: String, _ named: Set<String>, among names: [String]) -> [String] {
            named.subtracting(names).sorted().map { "\(key): \(known.problem(with: $0, among: names))" }
        }
        var problems = known.clashes
        for setting in Self.bands { problems += unknown(setting.key, self[setting].labels, among: known.scored) }
        problems += unknown(Settings.outputRoutes.key, self[Settings.outputRoutes].names, among: known.all + decisions)
        let thresholds = Settings.modelLabelsThresholds
        problems += unknown(thresholds.key, self[thresholds].labels, among: known.scored)
        if self[Settings.windowsMerge] == .maxNegative,
            !known.main.labels.contains(where: { $0.lowercased() == "negative" })
        {
            problems += unknown(Settings.windowsMerge.key, ["negative"], among: known.main.labels)
        }
        guard given[thresholds.key] != nil else { return problems }
        let others = known.owners.filter { $0.function != .sigmoid }
        return problems
            + others.compactMap { owner in
                guard self[thresholds].concerns(owner.name, labels: owner.labels) else { return nil }
                let model = owner.name.map { "'\($0)' of model.more" } ?? "this one"
                return "\(thresholds.key): is for models of which several labels may hold, and \(model) is none of them"
            }
    }

    /// What exactly once cannot be had with.
    private func transactionProblems() -> [String] {
        guard self[Settings.deliveryGuarantee] == .exactlyOnce else { return [] }
        var problems: [String] = []
        // It lives from one commit to the next, and at its end the broker has to answer a few times.
        if self[Settings.commitInterval] * 2 > transactionTimeout {
            problems.append(
                "commit.interval: \(self[Settings.commitInterval].text) is above half of "
                    + "kafka.producer.transaction.timeout.ms, which is \(transactionTimeout.text); the broker would abort "
                    + "transactions before they are committed"
            )
        }
        if consumerProperties["isolation.level"] != "read_committed" {
            problems.append(
                "kafka.consumer.isolation.level: exactly_once needs read_committed, since offsets of a transaction that "
                    + "is not finished would be taken for committed ones"
            )
        }
        return problems
    }

    /// Throws all that `workerProblems` finds.
    public func checkForWorker() throws(SettingsError) {
        let problems = workerProblems()
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
    }
}

// What commands besides the worker ask for.
extension Settings {
    /// `text.truncation`; where it is not set, what the model's own files say.
    public func truncation(for tokenizer: Tokenizer) -> Truncation {
        given[Settings.textTruncation.key] == nil ? tokenizer.truncation : self[Settings.textTruncation]
    }

    /// How much of a text is read: `text.max.tokens`, `text.truncation`, and what its windows are like.
    public func textLimit(for model: Model) throws(SettingsError) -> TextLimit {
        try textLimit(for: model.tokenizer, upTo: model.maxTokens)
    }

    /// - Parameter limit: the longest sequence that the model reads.
    public func textLimit(for tokenizer: Tokenizer, upTo limit: Int) throws(SettingsError) -> TextLimit {
        let maxTokens = min(self[Settings.textMaxTokens] ?? .max, limit)
        let stride = self[Settings.windowsStride]
        guard stride <= maxTokens - Encoding.leastTokens else {
            let room = maxTokens - Encoding.leastTokens + 1
            throw SettingsError(problems: ["windows.stride: \(stride) is not below the \(room) tokens of a window"])
        }
        return TextLimit(
            maxTokens: maxTokens,
            truncation: truncation(for: tokenizer),
            stride: stride,
            maxWindows: self[Settings.windowsMax]
        )
    }

    /// `windows.merge`.
    public var windowMerge: WindowMerge { self[Settings.windowsMerge] }

    /// `explain.max.words`.
    public var explainMaxWords: Int { self[Settings.explainMaxWords] }

    /// `encoder.threads`; one for each core where it is `auto`.
    public var encoderThreadCount: Int { self[Settings.encoderThreads] ?? Processors.available() }

    /// `model.precision`; `standard` where it is not set, nil for the table's default.
    func precision(standard: Precision?) -> Precision {
        if let standard, given[Settings.modelPrecision.key] == nil { return standard }
        return self[Settings.modelPrecision]
    }

    /// `model.path`, or where the built-in model is.
    public func modelDirectory() throws(FileError) -> String { try Self.directory(ofModel: self[Settings.modelPath]) }

    /// Which texts leave the model that a setting names so; `model.exit`, but for the fast one.
    func exitRule(ofModel path: String) -> ExitRule { path == Self.fastModel ? .always : self[Settings.modelExit] }

    /// What settings call the built-in model's layers up to its early exit.
    private static let fastModel = "fast"

    /// Where the model is that a setting names so.
    static func directory(ofModel path: String) throws(FileError) -> String {
        guard path.isEmpty || path == fastModel else { return path }
        do throws(FileError) {
            return try DefaultModel.directory()
        } catch {
            throw FileError(error.kind, path: error.path, "\(error.reason); name another one by model.path")
        }
    }
}

extension Model {
    /// Loads the model that the settings name, with the kernels that `CLOUD4BERT_ISA` asks for, else the best.
    ///
    /// - Parameter precision: what it computes with where `model.precision` is not set; nil for the table's default.
    public convenience init(settings: Settings, environment: [String: String], precision: Precision? = nil) throws {
        let kernels = try Kernels(instructionSet: environment["CLOUD4BERT_ISA"])
        try self.init(settings: settings, kernels: kernels, precision: precision)
    }

    /// Loads the model that the settings name.
    package convenience init(settings: Settings, kernels: Kernels, precision: Precision? = nil) throws {
        let directory = try settings.modelDirectory()
        if let map = settings[Settings.modelLabelsMap] {
            try settings.check(map, of: Architecture(directory: directory))
        }
        try self.init(
            directory: directory,
            kernels: kernels,
            precision: settings.precision(standard: precision),
            exit: settings.exitRule(ofModel: settings[Settings.modelPath]),
            labelMap: settings[Settings.modelLabelsMap]
        )
    }
}
