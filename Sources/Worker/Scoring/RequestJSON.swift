// SPDX-License-Identifier: Apache-2.0
import JSON

/// Reads a request's JSON field by field, and says which of them is wrong. It goes no deeper than its user does.
struct RequestJSON {
    private var reader: JSONReader

    init(_ body: [UInt8]) throws(ScoringError) {
        reader = try Self.reading { () throws(JSONFailure) in try JSONReader(body) }
    }

    /// Steps through the members of an object; each of them may be there once.
    ///
    /// - Parameters:
    ///   - field: what the object is called; empty for the whole request.
    ///   - member: reads a member's value. Its second parameter is the member's name, the third what the member is called.
    mutating func object(
        _ field: String,
        _ member: (inout RequestJSON, _ name: String, _ field: String) throws(ScoringError) -> Void
    ) throws(ScoringError) {
        guard reader.enterObject() else { throw Self.wrong(field, "an object") }
        var names: Set<String> = []
        while let string = try step({ (reader) throws(JSONFailure) in try reader.nextMember() }) {
            guard let name = reader.text(string) else {
                throw ScoringError(field: field.isEmpty ? "the request" : field, "has half a surrogate pair in a name")
            }
            // Names are the client's: of one that is no field's, the beginning will do.
            let own = (field.isEmpty ? "" : field + ".") + name.prefix(64)
            guard names.insert(name).inserted else { throw ScoringError(field: own, "is there twice") }
            try member(&self, name, own)
        }
    }

    /// Steps through the elements of an array.
    /// - Returns: false, and nothing is read, if it is something else.
    mutating func array(
        _ field: String,
        _ element: (inout RequestJSON, _ field: String) throws(ScoringError) -> Void
    ) throws(ScoringError) -> Bool {
        guard reader.enterArray() else { return false }
        var index = 0
        while try step({ (reader) throws(JSONFailure) in try reader.nextElement() }) {
            try element(&self, "\(field)[\(index)]")
            index += 1
        }
        return true
    }

    /// A string; nil, and nothing is read, if it is something else.
    mutating func string(_ field: String) throws(ScoringError) -> String? {
        guard let string = try step({ (reader) throws(JSONFailure) in try reader.string() }) else { return nil }
        guard let text = reader.text(string) else {
            throw ScoringError(field: field, "has half a surrogate pair, which is no text")
        }
        return text
    }

    /// A string, and nothing else.
    mutating func needString(_ field: String) throws(ScoringError) -> String {
        guard let string = try string(field) else { throw Self.wrong(field, "a string") }
        return string
    }

    mutating func boolean(_ field: String) throws(ScoringError) -> Bool {
        switch try word() {
        case "true": return true
        case "false": return false
        default: throw Self.wrong(field, "true or false")
        }
    }

    mutating func number(_ field: String) throws(ScoringError) -> Double {
        guard let word = try word(), word.first.map({ $0.isNumber || $0 == "-" }) == true, let number = Double(word),
            number.isFinite
        else { throw Self.wrong(field, "a number") }
        return number
    }

    /// Reads null, if that is next.
    /// - Returns: whether it was; if not, nothing is read.
    mutating func null() throws(ScoringError) -> Bool {
        var ahead = self
        guard try ahead.word() == "null" else { return false }
        self = ahead
        return true
    }

    /// Passes over a value, whatever it is.
    mutating func skip() throws(ScoringError) {
        try step { (reader) throws(JSONFailure) in _ = try reader.skipValue() }
    }

    /// Makes sure that nothing stands behind the request.
    mutating func finish() throws(ScoringError) {
        try step { (reader) throws(JSONFailure) in try reader.finish() }
    }

    /// A field is of another type than it has to be.
    static func wrong(_ field: String, _ type: String) -> ScoringError {
        field.isEmpty
            ? ScoringError(.field, "the request is not \(type)") : ScoringError(field: field, "is not \(type)")
    }

    /// A value as it is written, if it is short, as numbers and names are.
    private mutating func word() throws(ScoringError) -> String? {
        let range = try step { (reader) throws(JSONFailure) in try reader.skipValue() }
        return range.count <= 64 ? reader.written(range) : nil
    }

    private mutating func step<Result>(
        _ body: (inout JSONReader) throws(JSONFailure) -> Result
    ) throws(ScoringError) -> Result {
        do throws(JSONFailure) {
            return try body(&reader)
        } catch {
            throw ScoringError(.syntax, "the body is \(error)")
        }
    }

    private static func reading<Result>(_ body: () throws(JSONFailure) -> Result) throws(ScoringError) -> Result {
        do throws(JSONFailure) { return try body() } catch { throw ScoringError(.syntax, "the body is \(error)") }
    }
}
