// SPDX-License-Identifier: Apache-2.0
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
        return try ReplayPlan(
            settings: settings,
            topic: topic,
            partitions: Set(partitions),
            from: value("from") ?? "earliest",
            to: value("to") ?? "latest"
        )
    }

    /// For commands that read a file.
    func refuseTopicOptions() throws {
        try refuse(["topic", "from", "to", "partitions", "plan"]) {
            "\($0) is about a topic, and --from-file names a file"
        }
    }

    /// For options that another one leaves no place for.
    func refuse(_ options: [String], _ why: (_ option: String) -> String) throws {
        if let option = options.first(where: has) { throw UsageError(why("--\(option)")) }
    }
}
