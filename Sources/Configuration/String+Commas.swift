// SPDX-License-Identifier: Apache-2.0
internal import Settings

extension String {
    /// What stands between commas, each parsed, and nothing where one of them is no element; empty ones are passed over.
    func elements<Element>(_ parse: (String) -> Element?) -> [Element]? {
        var elements: [Element] = []
        for part in partsAtCommas where !part.isEmpty {
            guard let element = parse(part) else { return nil }
            elements.append(element)
        }
        return elements
    }

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
