// SPDX-License-Identifier: Apache-2.0
import Configuration
import JSON
public import Kafka
public import Settings

/// What decoding makes of a record.
enum Decoded: Sendable, Equatable {
    /// The text to tag; several where each is to be tagged by itself, too.
    case texts([TextPart])
    /// Nothing to tag, by the settings: the record is counted and passed over.
    case skipped(Skip)
    /// Nothing to tag, by the settings: the record is published as it is.
    case untagged
    case rejected(Rejection)
}

/// Finds the text in a record. Pure: the same record always decodes to the same thing.
public struct Decode: Sendable {
    let format: InputFormat
    /// Where the text is, for JSON.
    let pointers: [JSONPointer]
    let texts: InputTexts
    let prefix: InputPrefix
    let filter: RecordFilter
    let onFiltered: OnFiltered
    let cleaning: TextCleaning
    /// Larger values are refused before anything looks into them.
    let maxBytes: Int
    let onTombstone: OnTombstone
    let onEmpty: OnEmpty
    /// Lines of a file that hold no record, and why.
    var rejected: [Int64: Rejection] = [:]

    func callAsFunction(_ record: Record) -> Decoded {
        if record.isLine, let rejection = rejected[record.offset] { return .rejected(rejection) }
        guard let value = record.value else {
            switch onTombstone {
            case .forward: return .untagged
            case .skip: return .skipped(.tombstone)
            case .deadLetter:
                return .rejected(Rejection(.emptyText, in: .decode, "the value is null (a tombstone)"))
            }
        }
        guard value.count <= maxBytes else {
            let message = "the value has \(value.count) bytes; input.max.bytes is \(maxBytes)"
            return .rejected(Rejection(.tooLarge, in: .decode, message))
        }
        do throws(Rejection) {
            let value = try prefix.removed(from: value)
            guard try admits(record, value) else { return onFiltered == .skip ? .skipped(.filtered) : .untagged }
            let found = try texts(of: value, in: record)
            guard !found.isEmpty else { return onFiltered == .skip ? .skipped(.filtered) : .untagged }
            let parts = found.map { TextPart(pointer: $0.pointer, text: cleaning($0.text)) }.filter { !$0.isBlank }
            guard !parts.isEmpty else {
                if onEmpty == .skip { return .skipped(.emptyText) }
                return .rejected(Rejection(.emptyText, in: .decode, "the text is empty"))
            }
            return .texts(texts == .each ? parts : [TextPart(pointer: nil, text: parts.joinedText)])
        } catch {
            return .rejected(error)
        }
    }

    /// Whether the worker passes the record over; looks into it only where the settings make that possible.
    public func skips(_ record: Record) -> Bool {
        let mayPassOver = record.value == nil || onEmpty == .skip || !filter.isEmpty && onFiltered == .skip
        guard mayPassOver, case .skipped = self(record) else { return false }
        return true
    }

    /// The text that the worker reads in a record; nil where there is none to tag.
    public func text(of record: Record) -> String? {
        guard case .texts(let texts) = self(record) else { return nil }
        return texts.joinedText
    }

    /// The texts that the filter admits; none where it admits none of those that are there.
    private func texts(of value: [UInt8], in record: Record) throws(Rejection) -> [TextPart] {
        switch format {
        case .text:
            return [try plain(value)]
        case .json:
            return try find(pointers, in: value)
        case .cloudevents:
            let type = ContentType(of: record)
            if type.name == "application/cloudevents+json" { return try structured(value) }
            guard type.name.hasPrefix("text/") else { return try find(pointers, in: value) }
            guard type.isUTF8(value) else {
                let message = "the value is in another charset than UTF-8, says its content-type"
                throw Rejection(.notUTF8, in: .decode, message)
            }
            return [try plain(value)]
        }
    }

    /// The value as it is. A byte order mark at its beginning says how it is written, and is no part of the text.
    private func plain(_ value: [UInt8]) throws(Rejection) -> TextPart {
        let mark = value.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        guard let text = String(validating: value[mark...], as: UTF8.self) else { throw Self.notUTF8 }
        return TextPart(pointer: nil, text: text)
    }

    /// The text of a CloudEvent in structured mode: `data` itself if it is a string, else the pointer's in it.
    private func structured(_ value: [UInt8]) throws(Rejection) -> [TextPart] {
        do throws(Rejection) {
            return try find([JSONPointer.root.then("data")], in: value)
        } catch {
            guard error.reason == .missingField else { throw error }
            return try find(pointers.map { JSONPointer.root.then("data", $0) }, in: value)
        }
    }

    private func admits(_ record: Record, _ value: [UInt8]) throws(Rejection) -> Bool {
        try Self.reading { () throws(JSONFailure) in try filter.admits(record, value: value) }
    }

    private func find(_ pointers: [JSONPointer], in value: [UInt8]) throws(Rejection) -> [TextPart] {
        let elements = try Self.reading { () throws(JSONFailure) in try filter.elements(of: value) }
        var (texts, hasText) = ([TextPart](), false)
        for pointer in pointers {
            for match in try Self.reading({ () throws(JSONFailure) in try pointer.findAll(in: value) }) {
                switch match.found {
                case .text(let text):
                    hasText = true
                    guard elements.admits(match.pointer) else { continue }
                    texts.append(TextPart(pointer: match.pointer.description, text: text))
                case .null where pointers.count > 1 || pointer.isOfSeveral:
                    continue
                case .halfSurrogate:
                    let message = "'\(pointer)' in the JSON has half a surrogate pair, which is no text"
                    throw Rejection(.badJSON, in: .decode, message)
                case .null, .other:
                    throw Rejection(.missingField, in: .decode, "'\(pointer)' in the JSON is not a string")
                }
            }
        }
        guard hasText else {
            let names = pointers.map { "'\($0)'" }.joined(separator: " and no ")
            throw Rejection(.missingField, in: .decode, "the JSON has no \(names), where input.text points")
        }
        return texts
    }

    private static func reading<Result>(_ body: () throws(JSONFailure) -> Result) throws(Rejection) -> Result {
        do throws(JSONFailure) {
            return try body()
        } catch {
            throw Rejection(error == .notUTF8 ? .notUTF8 : .badJSON, in: .decode, "the value is \(error)")
        }
    }

    private static let notUTF8 = Rejection(.notUTF8, in: .decode, "the value is not UTF-8")
}

extension Decode {
    /// Decodes as the settings ask for.
    public init(settings: Settings) {
        self.init(
            settings: settings,
            format: settings[Settings.inputFormat],
            pointers: settings[Settings.inputText]
        )
    }

    /// Decodes as the settings ask for, but for where the text lies.
    init(settings: Settings, format: InputFormat, pointers: [JSONPointer]) {
        self.init(
            format: format,
            pointers: pointers,
            texts: settings[Settings.inputTexts],
            prefix: settings[Settings.inputPrefix],
            filter: settings[Settings.inputFilter],
            onFiltered: settings[Settings.inputFiltered],
            cleaning: TextCleaning(steps: settings[Settings.textClean]),
            maxBytes: settings[Settings.inputMaxBytes],
            onTombstone: settings[Settings.onTombstone],
            onEmpty: settings[Settings.onEmpty]
        )
    }
}

extension InputPrefix {
    /// What stands behind the prefix.
    func removed(from value: [UInt8]) throws(Rejection) -> [UInt8] {
        guard self == .confluent else { return value }
        guard value.count >= 5, value[0] == 0 else {
            let message = "the value does not begin with a zero and four bytes, as input.prefix=confluent has it"
            throw Rejection(.badJSON, in: .decode, message)
        }
        return Array(value[5...])
    }
}
