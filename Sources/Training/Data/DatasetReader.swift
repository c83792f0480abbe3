// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Reads each file once, however often it is named, and by whatever names: a pipe cannot be read a second time.
public struct DatasetReader: Sendable {
    private var read: [String: Dataset] = [:]

    /// One that has read nothing yet.
    public init() {}

    /// The examples of a file.
    public mutating func examples(_ path: String) throws(DatasetError) -> [Dataset.Example] {
        let file = Self.identity(of: path)
        if let known = read[file] { return known.examples }
        let dataset = try Dataset(path: path)
        read[file] = dataset
        return dataset.examples
    }

    /// What tells a file from all others: two names that lead to one pipe, `/dev/stdin` and `/dev/fd/0`, have the same.
    /// What a file is called decides how it is read, and so does its extension.
    private static func identity(of path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return path }
        return "\(status.st_dev):\(status.st_ino):\(Dataset.format(of: path))"
    }
}
