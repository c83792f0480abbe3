// SPDX-License-Identifier: Apache-2.0
package import JSON
package import Kafka
internal import Settings

/// Which records are tagged: those that meet all conditions, each on a value in the JSON or on a header.
///
/// `/author/role=customer` is equal, `/status!=spam` is not, or is not there; `/text` is there and not null, `!/deleted` is
/// not; `header:origin=web` and the like are of the last header with that name.
package struct RecordFilter: Sendable, Equatable {
    /// One condition.
    struct Condition: Sendable, Equatable {
        enum Subject: Sendable, Equatable {
            case value(JSONPointer)
            case header(String)
        }
        enum Test: Sendable, Equatable {
            case equals(String)
            case differs(String)
            case exists
            case isAbsent
        }
        let subject: Subject
        let test: Test
    }

    let conditions: [Condition]

    /// Every record.
    package static let all = RecordFilter(conditions: [])

    private init(conditions: [Condition]) { self.conditions = conditions }

    /// Parses conditions with commas between them; nil if one of them is none. A comma in a value is written `\,`.
    package init?(_ text: String) {
        var conditions: [Condition] = []
        for part in text.partsAtCommas where !part.isEmpty {
            guard let condition = Condition(part) else { return nil }
            conditions.append(condition)
        }
        self.conditions = conditions
    }

    /// Whether every record meets it.
    package var isEmpty: Bool { conditions.isEmpty }

    /// Whether it looks into values.
    package var needsJSON: Bool {
        conditions.contains { if case .value = $0.subject { true } else { false } }
    }

    /// - Parameter value: the record's JSON.
    package func admits(_ record: Record, value: [UInt8]) throws(JSONFailure) -> Bool {
        for condition in conditions {
            guard condition.test.holds(for: try condition.subject.found(in: record, value)) else { return false }
        }
        return true
    }
}

extension RecordFilter.Condition {
    /// Parses `SUBJECT`, `!SUBJECT`, `SUBJECT=VALUE` or `SUBJECT!=VALUE`.
    fileprivate init?(_ text: String) {
        let equals = text.firstIndex(of: "=")
        let isNegated = equals.map { text[..<$0].hasSuffix("!") } ?? text.hasPrefix("!")
        let mark = isNegated ? 1 : 0
        let subject = equals.map { text[..<$0].dropLast(mark) } ?? text.dropFirst(mark)
        guard let parsed = Subject(String(subject)) else { return nil }
        self.subject = parsed
        if let equals {
            let value = String(text[text.index(after: equals)...])
            test = isNegated ? .differs(value) : .equals(value)
        } else {
            test = isNegated ? .isAbsent : .exists
        }
    }
}

extension RecordFilter.Condition.Subject {
    fileprivate init?(_ text: String) {
        if text.hasPrefix("header:") {
            let name = text.dropFirst("header:".count)
            guard !name.isEmpty else { return nil }
            self = .header(String(name))
        } else if text.hasPrefix("/"), let pointer = JSONPointer(text) {
            self = .value(pointer)
        } else {
            return nil
        }
    }

    /// A string, or what else stands there as it is written; nil where nothing does, or null.
    fileprivate func found(in record: Record, _ value: [UInt8]) throws(JSONFailure) -> String? {
        switch self {
        case .header(let name):
            return record.lastHeader(name)
        case .value(let pointer):
            return switch try pointer.find(in: value) {
            case .text(let text), .other(let text): text
            case .null, .halfSurrogate, nil: nil
            }
        }
    }
}

extension RecordFilter.Condition.Test {
    fileprivate func holds(for value: String?) -> Bool {
        switch self {
        case .equals(let wanted): value == wanted
        case .differs(let unwanted): value != unwanted
        case .exists: value != nil
        case .isAbsent: value == nil
        }
    }
}

extension String {
    /// What stands between commas, without white space around it; `\,` is a comma within.
    var partsAtCommas: [String] {
        var parts = [""]
        var isEscaped = false
        for character in self {
            if isEscaped {
                if character != "," { parts[parts.count - 1].append("\\") }
                parts[parts.count - 1].append(character)
            } else if character == "," {
                parts.append("")
            } else if character != "\\" {
                parts[parts.count - 1].append(character)
            }
            isEscaped = !isEscaped && character == "\\"
        }
        if isEscaped { parts[parts.count - 1].append("\\") }
        return parts.map(\.trimmed)
    }
}
