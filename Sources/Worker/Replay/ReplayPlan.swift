// SPDX-License-Identifier: Apache-2.0
public import Configuration
public import Files
internal import FoundationEssentials
import Kafka
import Scan
public import Settings

/// Which records a replay is about: a range of offsets of each partition, worked through one partition after the other.
public struct ReplayPlan: Codable, Sendable, Equatable {
    /// Of one partition: from the first offset to before the end.
    public struct Stretch: Codable, Sendable, Equatable {
        /// The partition's number.
        public let partition: Int32
        /// The first offset to read.
        public let first: Int64
        /// The offset behind the last one.
        public let end: Int64
    }

    /// The topic that is read, or the path of the file that stands for one.
    public let topic: String
    /// In the order of their partitions.
    public let stretches: [Stretch]
    /// What the cluster cannot do with the bounds that it was asked for; nil if it can do it all.
    public private(set) var remark: String?

    private enum CodingKeys: CodingKey {
        case topic
        case stretches
    }

    /// Offsets in all; not each need have a record.
    public var count: Int64 { stretches.reduce(0) { $0 + $1.end - $1.first } }

    /// Asks the cluster what lies between two bounds now.
    ///
    /// - Parameters:
    ///   - partitions: numbers; empty for all.
    ///   - first: `earliest`, `latest`, an offset, a time; see `OffsetBound`.
    ///   - last: likewise; records from there on are not read.
    public init(
        settings: Settings,
        topic: String,
        partitions: Set<Int32>,
        from first: String,
        to last: String
    ) throws(WorkerError) {
        let (start, end): (OffsetBound, OffsetBound)
        do throws(SettingsError) {
            (start, end) = try OffsetBound.range(from: first, to: last)
        } catch {
            throw .settings(error)
        }
        let scan = try TopicScan(settings: settings, group: settings[Settings.groupID])
        defer { scan.consumer.close() }
        let bounds = try scan.bounds(of: topic, namedBy: "topic", partitions: partitions, from: start, to: end)
        let unknown = partitions.subtracting(bounds.keys.map(\.partition)).sorted()
        guard unknown.isEmpty else {
            let numbers = unknown.map(String.init).joined(separator: ", ")
            throw .settings(SettingsError(problems: ["partitions: the topic '\(topic)' has no partition \(numbers)"]))
        }
        self.topic = topic
        remark = scan.shortcoming(of: start, end)
        stretches = bounds.sorted { $0.key < $1.key }.map {
            Stretch(partition: $0.key.partition, first: $0.value.lowerBound, end: $0.value.upperBound)
        }
    }

    /// All lines of a file, as many as it has now; of a pipe and the like, those that come.
    ///
    /// - Throws: `FileError` where it cannot be read, or what it holds does not go with the settings.
    public init(file path: String, settings: Settings) throws(FileError) {
        topic = path
        let end = try LineFile.lineCount(of: path, settings: settings).map { $0 + 1 }
        stretches = [Stretch(partition: Record.noPartition, first: 1, end: end ?? Self.open)]
    }

    /// Makes sure that a file still has the lines that are to be read.
    public func checkInput(settings: Settings) throws {
        guard isFile, let count = try LineFile.lineCount(of: topic, settings: settings) else { return }
        guard let end = stretches.first?.end, count >= end - 1 else { throw ReplayError.inputLost(path: topic) }
    }

    /// Where what comes from a pipe ends.
    private static let open = Int64.max

    /// Whether it is about the lines of a file.
    public var isFile: Bool { stretches.first?.partition == Record.noPartition }

    /// Whether nobody knows where it ends.
    public var isOpen: Bool { stretches.contains { $0.end == Self.open } }

    /// Reads a plan that was written as JSON.
    public init(path: String) throws(FileError) {
        self = try ReplayPlan.decoded(ReplayPlan.self, from: path)
        let isSound = stretches.allSatisfy { $0.partition >= 0 && $0.first >= 0 && $0.first <= $0.end }
        guard isSound, Set(stretches.map(\.partition)).count == stretches.count, Topic.isName(topic) else {
            throw FileError(.invalid, path: path, "is no plan: a topic, and for each partition once first <= end")
        }
    }

    /// The plan as JSON.
    public var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Strings and whole numbers always can be.
        return (try? encoder.encode(self)).map { Array($0) + [UInt8(ascii: "\n")] } ?? []
    }

    static func decoded<Value: Decodable>(_: Value.Type, from path: String) throws(FileError) -> Value {
        let bytes = try InputFile.bytes(path, atMost: 16 << 20)
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw FileError(.invalid, path: path, "is not what a replay writes")
        }
    }
}
