// SPDX-License-Identifier: Apache-2.0

import CRdKafka
import Glibc

/// A property of librdkafka, as its own table describes it.
public struct Property: Sendable, Hashable {
    /// The name, or one of the names.
    public let name: String
    /// The property that this is another name for; its own name unless it is an alias.
    public let canonicalName: String
    /// Whether a consumer heeds it.
    public let isForConsumers: Bool
    /// Whether a producer heeds it.
    public let isForProducers: Bool
}

extension Librdkafka {
    /// All properties by name, aliases too; the few that librdkafka hides are not among them.
    public static let properties: [String: Property] = {
        var properties: [String: Property] = [:]
        for line in propertyTable.split(separator: "\n") {
            let columns = line.split(separator: "|", maxSplits: 5, omittingEmptySubsequences: false)
            guard columns.count == 6 else { continue }
            let (name, role) = (columns[0].filter { $0 != " " }, columns[1].filter { $0 != " " })
            guard ["*", "C", "P"].contains(role) else { continue }
            let alias = columns[5].firstRange(of: "Alias for `").map {
                columns[5][$0.upperBound...].prefix { $0 != "`" }
            }
            properties[name] = Property(
                name: name,
                canonicalName: alias.map(String.init) ?? name,
                isForConsumers: role != "P",
                isForProducers: role != "C"
            )
        }
        return properties
    }()

    /// The table in Markdown that librdkafka writes of itself.
    private static var propertyTable: String {
        withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<CChar>?.self, capacity: 1) { text in
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 1) { count in
                text.initialize(repeating: nil)
                count.initialize(repeating: 0)
                guard let file = open_memstream(text.baseAddress, count.baseAddress) else { return "" }
                rd_kafka_conf_properties_show(file)
                fclose(file)
                defer { free(text[0]) }
                return text[0].map { String(cString: $0) } ?? ""
            }
        }
    }
}
