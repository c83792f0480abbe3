// SPDX-License-Identifier: Apache-2.0
package import JSON
package import Kafka

/// Which records are tagged: those that meet all conditions, each on a value in the JSON or on a header.
///
/// `/author/role=customer` is equal, `/status!=spam` is not, or is not there; `/text` is there and not null, `!/deleted` is
/// not; `header:origin=web` and the like are of the last header with that name.
///
/// A condition on each element of an array, `/comments/*/role=customer`, is about the texts in that element: the others of
/// the record are tagged.
package struct RecordFilter: Sendable, Equatable {
    /// One condition.
    struct Condition: Sendable, Equatable {
        enum Test: Sendable, Equatable {
            case equals(String)
            case differs(String)
            case exists
            case isAbsent
        }
        let subject: RecordField
        let test: Test
    }

    let conditions: [Condition]

    /// Every record.
    package static let all = RecordFilter(conditions: [])

    private init(conditions: [Condition]) { self.conditions = conditions }

    /// Parses conditions with commas between them; nil if one of them is none. A comma in a value is written `\,`.
    package init?(_ text: String) {
        guard let conditions = text.elements(Condition.init) else { return nil }
        self.conditions = conditions
    }

    /// Whether every record meets it.
    package var isEmpty: Bool { conditions.isEmpty }

    /// Whether it looks into values.
    package var needsJSON: Bool { conditions.contains(where: \.subject.isInJSON) }

    /// Whether it has conditions on elements of arrays, which are not on the record as a whole.
    package var isOnElements: Bool { conditions.contains { $0.elements != nil } }

    /// Whether the record as a whole meets it.
    ///
    /// - Parameter value: the record's JSON.
    package func admits(_ record: Record, value: [UInt8]) throws(JSONFailure) -> Bool {
        for condition in conditions where condition.elements == nil {
            guard condition.test.holds(for: try condition.subject.found(in: record, value)) else { return false }
        }
        return true
    }
}

/// Which elements of a record's arrays a filter admits.
package struct ElementFilter {
    fileprivate struct Test {
        let condition: RecordFilter.Condition
        let elements: JSONPointer
        /// What the condition is on, by element.
        let values: [JSONPointer: String]
    }

    fileprivate let tests: [Test]

    /// Whether a text is in no element that a condition keeps out.
    package func admits(_ text: JSONPointer) -> Bool {
        tests.allSatisfy { test in
            let element = text.prefix(test.elements.elementDepth ?? 0)
            return !test.elements.standsFor(element) || test.condition.test.holds(for: test.values[element])
        }
    }
}

extension RecordFilter {
    /// Looks at the elements that conditions are on, each condition in one pass over the record's JSON.
    package func elements(of value: [UInt8]) throws(JSONFailure) -> ElementFilter {
        var tests: [ElementFilter.Test] = []
        for condition in conditions {
            guard case .value(let pointer) = condition.subject, let elements = condition.elements else { continue }
            let depth = elements.elementDepth ?? 0
            let found = try pointer.findAll(in: value).compactMap { match in
                match.found.word.map { (match.pointer.prefix(depth), $0) }
            }
            let values = Dictionary(found) { $1 }
            tests.append(ElementFilter.Test(condition: condition, elements: elements, values: values))
        }
        return ElementFilter(tests: tests)
    }
}

extension RecordFilter.Condition {
    /// What the condition is on one by one; nil where it is on the record.
    fileprivate var elements: JSONPointer? {
        guard case .value(let pointer) = subject else { return nil }
        return pointer.elementDepth.map(pointer.prefix)
    }

    /// Parses `SUBJECT`, `!SUBJECT`, `SUBJECT=VALUE` or `SUBJECT!=VALUE`.
    fileprivate init?(_ text: String) {
        let equals = text.firstIndex(of: "=")
        let isNegated = equals.map { text[..<$0].hasSuffix("!") } ?? text.hasPrefix("!")
        let mark = isNegated ? 1 : 0
        let subject = equals.map { text[..<$0].dropLast(mark) } ?? text.dropFirst(mark)
        guard let parsed = RecordField(String(subject)) else { return nil }
        self.subject = parsed
        if let equals {
            let value = String(text[text.index(after: equals)...])
            test = isNegated ? .differs(value) : .equals(value)
        } else {
            test = isNegated ? .isAbsent : .exists
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
