// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import JSON
import Kafka
import Settings

@testable import Delivered
@testable import Training
@testable import Worker

/// Parsers of records and of texts to train on.
extension Parser {
    /// A JSON pointer, then an event that it is to find a text in, tagged by `output.mode=merge` where that goes.
    static let event = Parser(name: "event") { bytes in
        let parts = bytes.parts(2)
        let pointer = JSONPointer(String(decoding: parts[0], as: UTF8.self)) ?? .root
        precondition(JSONPointer(pointer.description) == pointer)
        let value = Array(parts[1])
        for format in InputFormat.allCases {
            let decode = Decode(
                format: format,
                pointers: [pointer],
                texts: .each,
                prefix: .none,
                filter: RecordFilter(String(decoding: parts[0], as: UTF8.self)) ?? .all,
                onFiltered: .skip,
                cleaning: TextCleaning(steps: Set(CleaningStep.allCases)),
                maxBytes: 1 << 20,
                onTombstone: .skip,
                onEmpty: .skip
            )
            for contentType in ["", "text/plain", "application/cloudevents+json"] {
                let record = record(value, [Header("content-type", contentType)])
                guard case .texts(let texts) = decode(record) else { continue }
                precondition(!texts.isEmpty && texts.allSatisfy { !$0.text.isEmpty })
                if format == .json { checkMerge(into: value) }
            }
        }
    }

    /// What an audit reads of an output record.
    static let result = Parser(name: "result") { bytes in
        let parts = bytes.parts(2)
        let record = record(Array(parts[1]), [Header(name: OwnHeaders.source, value: Array(parts[0]))])
        if let source = ResultSource(output: record, of: ["in"], field: "sentiment") {
            precondition(source.partition.topic == "in")
        }
    }

    /// What moderators' verdicts and the results that they are about say.
    static let correction = Parser(name: "correction") { bytes in
        let parts = bytes.parts(2)
        let correction = record(Array(parts[0]), [])
        if let correction = Correction(correction) {
            precondition(Topic.isName(correction.source.partition.topic) && correction.source.offset >= 0)
        }
        for mode in OutputMode.allCases {
            guard let result = TaggedResult(record(Array(parts[1]), []), mode: mode, field: "sentiment") else {
                continue
            }
            precondition(result.scores.values.allSatisfy { (0..<ScoreBins.count).contains(ScoreBins.bin(of: $0)) })
        }
    }

    /// What is read back of a result's scores.
    static let envelope = Parser(name: "envelope") { bytes in
        for field in [nil, Array("sentiment".utf8)] {
            guard let envelope = try? ScoredEnvelope(bytes, in: field) else { continue }
            precondition(zip(envelope.ranking, envelope.ranking.dropFirst()).allSatisfy { $0.score >= $1.score })
            _ = envelope.text(in: bytes)
        }
    }

    /// What is read of a dead letter, and of the metadata about letters.
    static let letter = Parser(name: "letter") { bytes in
        let parts = bytes.parts(7)
        let names = ["topic", "partition", "offset", "timestamp", "reason", "attempts"]
        let headers = zip(names, parts).map { Header(name: OwnHeaders.errorPrefix + $0, value: Array($1)) }
        let letter = Letter(record(Array(parts[6]), headers))
        precondition(letter.attempts > 0 && letter.originalHeaders.count == 1 && letter.timestamp ?? 0 >= 0)
        let metadata = String(decoding: parts[6], as: UTF8.self)
        if var progress = LetterProgress(OffsetAndMetadata(offset: letter.source?.offset ?? 0, metadata: metadata)) {
            precondition(LetterProgress(progress.toCommit) == progress)
            let isRoom = progress.settle(progress.position...progress.position)
            precondition(isRoom)
        }
    }

    /// What a group keeps beside an offset: which of those behind it are done.
    static let committed = Parser(name: "committed") { bytes in
        let parts = bytes.parts(2)
        let offset = Int64(String(decoding: parts[0], as: UTF8.self)) ?? 0
        let read = OpenOffsets(
            OffsetAndMetadata(offset: max(offset, 0), metadata: String(decoding: parts[1], as: UTF8.self))
        )
        precondition(OpenOffsets(read.committed) == read && read.committed.offset == max(offset, 0))
        precondition(read.gaps.allSatisfy { !$0.isEmpty && $0.upperBound < read.front })
    }

    static let dataset = Parser(name: "dataset") { bytes in
        let directory = Scratch.holding(["texts.csv": bytes, "texts.jsonl": bytes, "texts.txt": bytes])
        for name in ["texts.csv", "texts.jsonl", "texts.txt"] {
            guard let dataset = try? Dataset(path: "\(directory)/\(name)") else { continue }
            precondition(!dataset.examples.isEmpty)
        }
        // What is written reads back as it was.
        if let rows = try? CSV.parse(bytes) {
            let text = rows.map { CSV.row($0.fields) }.joined()
            precondition((try? CSV.parse(Array(text.utf8)))?.map(\.fields) == rows.map(\.fields))
        }
        guard let settings = try? Settings(file: nil, environment: [:], flags: []) else { return }
        for name in ["texts.csv", "texts.jsonl", "texts.txt", "texts"] {
            let path = Scratch.holding([name: bytes]) + "/\(name)"
            var last: Int64 = 0
            guard var file = try? LineFile(path, settings: settings) else { continue }
            while let records = try? file.next() {
                for record in records {
                    precondition(record.offset > last)
                    last = record.offset
                    _ = file.decode(record)
                }
            }
        }
    }

    /// A value that is merged into JSON leaves JSON, in which it is found.
    private static func checkMerge(into value: [UInt8]) {
        let field = MergedField(name: "tag", value: JSONWriter.quoted("set"))
        guard let merged = try? field.merged(into: value) else { return }
        precondition((try? JSONPointer.root.then("tag").find(in: merged)) == .text("set"))
        precondition((try? field.merged(into: merged)) == merged)
    }

    private static func record(_ value: [UInt8], _ headers: [Header]) -> Record {
        Record(topicPartition: TopicPartition(topic: "in", partition: 0), offset: 0, value: value, headers: headers)
    }
}
