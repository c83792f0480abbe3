// SPDX-License-Identifier: Apache-2.0
import Configuration
import JSON
public import Kafka
public import Settings

/// What decoding makes of a record.
enum Decoded: Sendable, Equatable {
    /// The text to tag.
    case text(String)
    /// Nothing to tag, by the settings: the record is counted and passed over.
    case skipped(Skip)
    /// A null value, which is published as it is.
    case tombstone
    case rejected(Rejection)
}

/// Finds the text in a record. Pure: the same record always decodes to the same thing.
public struct Decode: Sendable {
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
            return .text(text)
        } catch {
            return .rejected(error)
        }
    }

    /// Whether the worker passes the record over; looks into it only where the settings make that possible.
    public func skips(_ record: Record) -> Bool {
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
            let type = ContentType(of: record)
            if type.name == "application/cloudevents+json" { return try structured(value) }
            guard type.name.hasPrefix("text/") else { return try find(pointer, in: value) }
            guard type.isUTF8(value) else {
                let message = "the value is in another charset than UTF-8, says its content-type"
                throw Rejection(.notUTF8, in: .decode, message)
            }
            return try plain(value)
        }
    }

    /// The value as it is. A byte order mark at its beginning says how it is written, and is no part of the text.
    private func plain(_ value: [UInt8]) throws(Rejection) -> String {
        let mark = value.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        guard let text = String(validating: value[mark...], as: UTF8.self) else { throw Self.notUTF8 }
        return text
    }

    /// The text of a CloudEvent in structured mode: `data` itself if it is a string, else the pointer's in it.
    private func structured(_ value: [UInt8]) throws(Rejection) -> String {
        do throws(Rejection) {
            return try find(JSONPointer.root.then("data"), in: value)
        } catch {
            guard error.reason == .missingField else { throw error }
            return try find(JSONPointer.root.then("data", pointer), in: value)
        }
    }

    private func find(_ pointer: JSONPointer, in value: [UInt8]) throws(Rejection) -> String {
        let found: JSONPointer.Found
        do throws(JSONFailure) {
            found = try pointer.find(in: value)
        } catch {
            throw Rejection(error == .notUTF8 ? .notUTF8 : .badJSON, in: .decode, "the value is \(error)")
        }
        switch found {
        case .text(let text):
            return text
        case .halfSurrogate:
            let message = "'\(pointer)' in the JSON has half a surrogate pair, which is no text"
            throw Rejection(.badJSON, in: .decode, message)
        case .missing:
            throw Rejection(.missingField, in: .decode, "the JSON has no '\(pointer)', where input.text points")
        case .notString:
            throw Rejection(.missingField, in: .decode, "'\(pointer)' in the JSON is not a string")
        }
    }

    private static let notUTF8 = Rejection(.notUTF8, in: .decode, "the value is not UTF-8")
}

extension Decode {
    /// Decodes as the settings ask for.
    public init(settings: Settings) {
        self.init(
            format: settings[Settings.inputFormat],
            pointer: settings[Settings.inputText],
            maxBytes: settings[Settings.inputMaxBytes],
            onTombstone: settings[Settings.onTombstone],
            onEmpty: settings[Settings.onEmpty]
        )
    }
}
