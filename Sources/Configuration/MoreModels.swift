// SPDX-License-Identifier: Apache-2.0
package import Bert
package import Files
package import Settings

/// Which classifiers say something else of the same texts, beside the main one: `toxicity:models/toxicity,emotion:emotion`.
package struct MoreModels: Sendable, Equatable {
    /// A classifier's name, and its directory.
    package struct Entry: Sendable, Equatable {
        package let name: String
        package let directory: String
    }

    package let entries: [Entry]

    /// Parses entries with commas between them; nil if one of them is none. A comma in a path is written `\,`.
    package init?(_ text: String) {
        guard let entries = text.elements(Entry.init) else { return nil }
        self.entries = entries
    }

    /// What the classifiers go by.
    package var names: [String] { entries.map(\.name) }

    /// What is wrong with the names by themselves.
    var problems: [String] {
        Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +).filter { $0.value > 1 }.keys.sorted().map { name in
            "\(Settings.modelMore.key): '\(name)' is there twice"
        }
    }
}

extension MoreModels.Entry {
    /// Parses `NAME:DIRECTORY`. A name has no dot: that is what stands between it and a label.
    fileprivate init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        (name, directory) = (text[..<colon].trimmed, text[text.index(after: colon)...].trimmed)
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isName, (1...64).contains(name.utf8.count), !directory.isEmpty else { return nil }
    }
}

extension SettingKind where Value == MoreModels {
    static var moreModels: Self {
        Self(range: "NAME:DIRECTORY, separated by commas; a name is 1 to 64 letters, digits, - or _") { MoreModels($0) }
    }
}

/// A classifier beside the main one, loaded.
package struct NamedModel: Sendable {
    /// What results, thresholds and routes call it.
    package let name: String
    package let model: Model

    package init(name: String, model: Model) { (self.name, self.model) = (name, model) }
}

extension Settings {
    /// Loads the models of `model.more`, with the kernels, the precision and the early exits of the main one.
    package func moreModels(beside model: Model) throws(FileError) -> [NamedModel] {
        var models: [NamedModel] = []
        for entry in self[Settings.modelMore].entries {
            do throws(FileError) {
                let other = try Model(
                    directory: entry.directory,
                    kernels: model.kernels,
                    precision: model.precision,
                    exit: self[Settings.modelExit]
                )
                // Whether it is a classifier is to be known before anything is read.
                _ = try Classifier.scratchBytes(for: other)
                models.append(NamedModel(name: entry.name, model: other))
            } catch {
                throw FileError(
                    error.kind,
                    path: error.path,
                    "\(error.reason); \(Settings.modelMore.key) names it, as '\(entry.name)'"
                )
            }
        }
        return models
    }
}
