// SPDX-License-Identifier: Apache-2.0
import Bert
import Files
import Kafka
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// The classifier of tests as a worker has it.
func testVersion(cacheBytes: Int = 0) throws -> ModelVersion {
    let model = try testModel()
    return ModelVersion(
        model: model,
        limit: TextLimit(maxTokens: 32, truncation: .head),
        merge: .mean,
        cacheBytes: cacheBytes
    ) {
        () throws(FileError) in try Classifier(model: model)
    }
}

/// Waits for records as a consumer worker does.
final class TestOwner: InFlightOwner {
    private let items = Monitor<[InFlight]>([])

    func finish(_ items: [InFlight]) {
        self.items.withLock { $0 += items }
        self.items.broadcast()
    }

    /// Waits until so many records have a result, and gives them in the order that they got it in.
    func wait(for count: Int) -> [InFlight] {
        items.wait { $0.count >= count ? .done($0) : .wait(until: nil) }
    }
}

/// Makes records in flight.
struct InFlightMaker {
    let version: ModelVersion
    let owner = TestOwner()

    init() throws { version = try testVersion() }

    func callAsFunction(_ record: Record, generation: Int, isBehind: Bool = false) -> InFlight {
        InFlight(
            record,
            generation: generation,
            isBehind: isBehind,
            arrived: .now,
            version: version,
            owner: owner
        )
    }

    /// Admits a record.
    func admit(
        _ record: Record,
        to partitions: inout AssignedPartitions,
        isBehind: Bool = false
    ) throws -> InFlight {
        let generation = partitions.admit(record, isBehind: isBehind)
        return self(record, generation: try #require(generation), isBehind: isBehind)
    }

    /// Admits a record and gives it a result.
    @discardableResult
    func tag(
        _ record: Record,
        in partitions: inout AssignedPartitions,
        isBehind: Bool = false,
        messages count: Int = 1
    ) throws -> InFlight {
        let item = try admit(record, to: &partitions, isBehind: isBehind)
        end(item, messages: count)
        partitions.finish(item)
        return item
    }

    func end(_ item: InFlight, messages count: Int = 1) {
        let message = Message(item.record, to: "out", value: item.record.value, headers: [])
        item.end(
            as: .tagged(label: "neutral", decision: nil, isTruncated: false),
            with: Array(repeating: message, count: count)
        )
    }
}
