// SPDX-License-Identifier: Apache-2.0
import JSON
import Kafka

/// What a moderator says of a result, as `corrections.topic` holds it: `{"id":"comments-3-18231","label":"negative"}`.
struct Correction: Equatable {
    /// The record of the input that it is about.
    let source: ResultSource
    /// The right label; nil where an earlier verdict is withdrawn.
    let label: String?

    /// Longer labels are refused: they are shown, and a hostile one would fill the screen.
    private static let maxLabelBytes = 200

    /// Reads a record; nil if it is no correction. One without a value withdraws the verdict on the id that is its key, as
    /// a compacted topic has it.
    init?(_ record: Record) {
        guard let value = record.value else {
            guard let key = record.key, let source = Self.source(String(decoding: key, as: UTF8.self)) else {
                return nil
            }
            (self.source, label) = (source, nil)
            return
        }
        guard let members = try? Self.members(of: value), let id = members.id, let source = Self.source(id) else {
            return nil
        }
        switch members.label {
        case .null?: label = nil
        case .text(let text)? where Self.isLabel(text): label = text
        default: return nil
        }
        self.source = source
    }

    /// What a result's `id` names: what comes behind an `@` is the model.
    private static func source(_ id: String) -> ResultSource? {
        let name = id.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)[0]
        guard let source = ResultSource(id: String(name)), Topic.isName(source.partition.topic),
            source.partition.partition >= 0, source.offset >= 0
        else { return nil }
        return source
    }

    private static func isLabel(_ text: String) -> Bool {
        let isPrintable = text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        return isPrintable && text.utf8.count <= maxLabelBytes
            && !text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
    }

    private enum Label {
        case text(String)
        case null
    }

    private static func members(of value: [UInt8]) throws(JSONFailure) -> (id: String?, label: Label?) {
        var reader = try JSONReader(value)
        var (id, label): (String?, Label?)
        guard reader.enterObject() else { return (nil, nil) }
        while let member = try reader.nextMember() {
            let (isID, isLabel) = (reader.isEqual(member, "id"), reader.isEqual(member, "label"))
            if let string = try reader.string() {
                if isID { id = reader.text(string) }
                if isLabel { label = reader.text(string).map(Label.text) }
            } else {
                let written = try reader.skipValue()
                if isID { id = nil }
                if isLabel { label = reader.written(written) == "null" ? .null : nil }
            }
        }
        try reader.finish()
        return (id, label)
    }
}
