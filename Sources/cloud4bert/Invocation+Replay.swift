// SPDX-License-Identifier: Apache-2.0
import Configuration
import Files
import Settings
import Worker

extension Invocation {
    /// Which records of a topic the options are about.
    ///
    /// - Parameters:
    ///   - topic: where none is named; nil if there is none to be taken.
    ///   - setting: where that comes from.
    func replayPlan(_ settings: Settings, of topic: String?, namedBy setting: String) throws -> ReplayPlan {
        if let path = value("plan") {
            try refuse(["from", "to", "partitions", "topic"]) { "--plan says what \($0) would say" }
            return try ReplayPlan(path: path)
        }
        guard let topic = value("topic") ?? topic else {
            throw UsageError("--topic is needed, for \(setting) does not name one topic")
        }
        let partitions: [Int32] = try numbers("partitions")
        let plan = try ReplayPlan(
            settings: settings,
            topic: topic,
            partitions: Set(partitions),
            from: value("from") ?? "earliest",
            to: value("to") ?? "latest"
        )
        if let remark = plan.remark { Terminal.complain("--from, --to: \(remark)") }
        return plan
    }

    /// Which records are to be tagged: of a file, or of a topic.
    func replayInput(_ settings: Settings) throws -> ReplayPlan {
        if let path = value("from-file") { return try ReplayPlan(file: path, settings: settings) }
        let inputs = settings[Settings.inputTopics]
        return try replayPlan(settings, of: inputs.count == 1 ? inputs[0] : nil, namedBy: "input.topics")
    }

    /// Which of them, and how fast.
    func replayChoice() throws -> Replay.Choice {
        var choice = Replay.Choice()
        choice.rate = try number("rate", in: 0.001...1e9)
        choice.sample = try number("sample", in: 0...1) ?? 1
        guard choice.sample > 0 else { throw UsageError("--sample takes a share above 0, for 0 is no record at all") }
        if let path = value("keys") {
            let lines = try InputFile.textBytes(path).split(separator: UInt8(ascii: "\n"))
            choice.keys = Set(lines.map { Array($0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0) })
            guard choice.keys != [] else {
                throw InputError("--keys \(path): holds no key; write one a line, or leave --keys out for all records")
            }
        }
        return choice
    }

    /// For commands that read a file.
    func refuseTopicOptions(_ more: [String] = []) throws {
        try refuse(["topic", "from", "to", "partitions", "plan"] + more) {
            "\($0) is about a topic, and --from-file names a file"
        }
    }

    /// For files that are written, where another option names the same file, be it by another path.
    func refuseSameFile(_ written: [String], as read: [String]) throws {
        for (index, option) in written.enumerated() {
            guard let path = value(option) else { continue }
            for other in written[(index + 1)...] + read {
                guard let second = value(other), FileIdentity(path).isSame(as: FileIdentity(second)) else { continue }
                throw UsageError("--\(option) \(path): is the file of --\(other) too, and would take its place")
            }
        }
    }

    /// For options that another one leaves no place for.
    func refuse(_ options: [String], _ why: (_ option: String) -> String) throws {
        if let option = options.first(where: has) { throw UsageError(why("--\(option)")) }
    }
}
