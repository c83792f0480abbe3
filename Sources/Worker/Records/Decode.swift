// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Finds the text in a record. Pure: the same record always decodes to the same thing.
struct Decode: Sendable {
    let format: InputFormat
    /// Where the text is, for JSON.
    let pointer: JSONPointer
    /// Larger values are refused before anything looks into them.
    let maxBytes: Int
    let onTombstone: OnTombstone
    let onEmpty: OnEmpty

    func callAsFunction(_ record: Record) -> Decoded {
        guard let value = record.value else {
            switch onTombstone {
            case .forward: return .tombstone
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
            let text = try text(of: value, in: record)
            // What holds white space alone has nothing to tag either.
            guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
                if onEmpty == .skip { return .skipped(.emptyText) }
                return .rejected(Rejection(.emptyText, in: .decode, "the text is empty"))
            }
            return .event(Event(record: record, text: text))
        } catch {
            return .rejected(error)
        }
    }

    /// Whether the worker passes the record over; looks into it only where the settings make that possible.
    func skips(_ record: Record) -> Bool {
        guard record.value == nil || onEmpty == .skip, case .skipped = self(record) else { return false }
        return true
    }

    private func text(of value: [UInt8], in record: Record) throws(Rejection) -> String {
        switch format {
        case .text:
            return try plain(value)
        case .json:
            return try find(pointer, in: value)
        case .cloudevents:
            let contentType = record.contentType
            if contentType.hasPrefix("application/cloudevents+json") { return try structured(value) }
            return contentType.hasPrefix("text/") ? try plain(value) : try find(pointer, in: value)
        }
    }

    private func plain(_ value: [UInt8]) throws(Rejection) -> String {
        guard let text = String(validating: value, as: UTF8.self) else { throw Self.notUTF8 }
        return text
    }

    /// The text of a CloudEvent in structured mode: `data` itself if it is a string, else the pointer's in it.
    private func structured(_ value: [UInt8]) throws(Rejection) -> String {
        if let text = try? find(JSONPointer.root.then("data"), in: value) { return text }
        return try find(JSONPointer.root.then("data", pointer), in: value)
    }

    private func find(_ pointer: JSONPointer, in value: [UInt8]) throws(Rejection) -> String {
        guard (try? UTF8Span(validating: value.span)) != nil else { throw Self.notUTF8 }
        guard let found = try? PointedText.find(pointer, in: value) else {
            throw Rejection(.badJSON, in: .decode, "the value is not a JSON document")
        }
        switch found {
        case .text(let text):
            return text
        case .missing:
            throw Rejection(.missingField, in: .decode, "the JSON has no '\(pointer)', where input.text points")
        case .notString:
            throw Rejection(.missingField, in: .decode, "'\(pointer)' in the JSON is not a string")
        }
    }

    private static let notUTF8 = Rejection(.notUTF8, in: .decode, "the value is not UTF-8")
}
