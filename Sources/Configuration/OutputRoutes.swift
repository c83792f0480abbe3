// SPDX-License-Identifier: Apache-2.0
internal import Settings

/// Which topics a tagged record goes to, by its decision and its label: `hold:comments.hold,negative:comments.negative`.
///
/// It goes to each topic that one of the two names, and to `output.topic` where none is named.
package struct OutputRoutes: Sendable, Equatable {
    struct Route: Sendable, Equatable {
        /// A decision, or a label.
        let name: String
        let topic: String
    }

    let routes: [Route]

    /// The topics, in their order and each once.
    package let topics: [String]

    /// What the routes are for.
    package var names: Set<String> { Set(routes.map(\.name)) }

    /// Everything goes to `output.topic`.
    package static let none = OutputRoutes(routes: [])

    private init(routes: [Route]) {
        self.routes = routes
        topics = Self.once(routes.map(\.topic))
    }

    /// Parses routes with commas between them; nil if one of them is none. A comma in a name is written `\,`.
    package init?(_ text: String) {
        guard let routes = text.elements(Route.init) else { return nil }
        self.init(routes: routes)
    }

    /// The topics of a record, each once; none where it goes to `output.topic`.
    ///
    /// - Parameter labels: the one that holds, and those that hold by other classifiers, as `toxicity.toxic`.
    package func topics(decision: String, labels: [String]) -> [String] {
        guard !routes.isEmpty else { return [] }
        return Self.once(routes.filter { $0.name == decision || labels.contains($0.name) }.map(\.topic))
    }

    /// All sets of topics that a record may go to: by one decision, and one label of each classifier.
    ///
    /// - Parameters:
    ///   - standard: `output.topic`.
    ///   - more: what the classifiers beside the main one go by.
    package func destinations(standard: String, more: [String] = []) -> Set<Set<String>> {
        var found: Set<Set<String>> = [[]]
        let own = more.map { name in names.filter { $0.hasPrefix(name + ".") } }
        let main = names.subtracting(own.flatMap(\.self))
        for choice in [main, main] + own {
            for topics in found {
                for name in choice { found.insert(topics.union(self.topics(decision: name, labels: []))) }
            }
        }
        return Set(found.map { $0.isEmpty ? [standard] : $0 })
    }

    private static func once(_ topics: [String]) -> [String] {
        var known: Set<String> = []
        return topics.filter { known.insert($0).inserted }
    }
}

extension OutputRoutes.Route {
    /// Parses `NAME:TOPIC`.
    fileprivate init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        (name, topic) = (text[..<colon].trimmed, text[text.index(after: colon)...].trimmed)
        guard !name.isEmpty, !topic.isEmpty else { return nil }
    }
}

extension SettingKind where Value == OutputRoutes {
    static var routes: Self {
        Self(range: "DECISION:TOPIC or LABEL:TOPIC, separated by commas; a name may have several topics") {
            OutputRoutes($0)
        }
    }
}
