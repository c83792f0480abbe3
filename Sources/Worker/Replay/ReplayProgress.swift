// SPDX-License-Identifier: Apache-2.0
public import Files
internal import FoundationEssentials

/// How far a replay has come, kept in a file, so that another run of it goes on there.
public struct ReplayProgress: Codable, Sendable, Equatable {
    /// What is replayed: the end marks are those of the first run.
    public let plan: ReplayPlan
    /// The model that tags; another one would make two halves of one result.
    public let model: String
    /// The next offset of each partition, in the plan's order.
    public var next: [Int64]
    /// Bytes of the output that belong to what is behind these offsets.
    public var bytes: Int64
    /// Records that had a result.
    public var records: Int
    /// What the run was asked for, by option: another one that goes on with it is to be asked for the same.
    public var options: [String: String]?

    /// At the beginning of a plan.
    public init(plan: ReplayPlan, model: String) {
        self.plan = plan
        self.model = model
        next = plan.stretches.map(\.first)
        (bytes, records) = (0, 0)
    }

    /// Reads what an earlier run has kept.
    public init(path: String) throws(FileError) {
        self = try ReplayPlan.decoded(ReplayProgress.self, from: path)
        let isSound =
            next.count == plan.stretches.count && bytes >= 0
            && zip(next, plan.stretches).allSatisfy { ($1.first...max($1.first, $1.end)).contains($0) }
        guard isSound else { throw FileError(.invalid, path: path, "is not what a replay writes") }
    }

    /// Keeps it, the old state or the new one whatever happens meanwhile.
    public func write(_ path: String) throws(FileError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = (try? encoder.encode(self)).map { Array($0) + [UInt8(ascii: "\n")] } ?? []
        try AtomicFile.write(path) { (file) throws(FileError) in try file.append(bytes) }
    }

    /// Offsets that are done with.
    public var done: Int64 { zip(next, plan.stretches).reduce(0) { $0 + $1.0 - $1.1.first } }

    /// Whether nothing is left.
    public var isComplete: Bool { done == plan.count }
}
