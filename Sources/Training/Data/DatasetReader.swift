// SPDX-License-Identifier: Apache-2.0

/// Reads each file once, however often it is named: a pipe cannot be read a second time.
struct DatasetReader {
    private var read: [String: Dataset] = [:]

    mutating func examples(_ path: String) throws(DatasetError) -> [Dataset.Example] {
        if let known = read[path] { return known.examples }
        let dataset = try Dataset(path: path)
        read[path] = dataset
        return dataset.examples
    }
}
