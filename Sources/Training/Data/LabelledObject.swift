// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// One line of JSON with a text, and perhaps a label. Of members with one name the last counts.
struct LabelledObject: Equatable {
    let text: String
    /// Nil if there is none, or it is null; a number as its digits.
    let label: String?

    /// What a line can be that is JSON, and not this.
    struct Failure: Error {}

    init(_ line: [UInt8]) throws {
        var reader = try JSONReader(line)
        var (text, label): (String?, String?)
        guard reader.enterObject() else { throw Failure() }
        while let name = try reader.nextMember() {
            if reader.isEqual(name, "text") {
                text = try Self.string(&reader)
            } else if reader.isEqual(name, "label") {
                label = try Self.label(&reader)
            } else {
                try reader.skipValue()
            }
        }
        try reader.finish()
        guard let text else { throw Failure() }
        self.text = text
        self.label = label
    }

    private static func string(_ reader: inout JSONReader) throws -> String {
        guard let string = try reader.string(), let text = reader.text(string) else { throw Failure() }
        return text
    }

    private static func label(_ reader: inout JSONReader) throws -> String? {
        var ahead = reader
        guard try ahead.string() == nil else { return try string(&reader) }
        let written = reader.written(try reader.skipValue())
        if written == "null" { return nil }
        guard let number = Int(written) ?? Double(written).flatMap({ Int(exactly: $0) }) else { throw Failure() }
        return String(number)
    }
}
