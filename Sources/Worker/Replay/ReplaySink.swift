// SPDX-License-Identifier: Apache-2.0

/// Where the results of a replay go.
public protocol ReplaySink: Sendable {
    /// Takes a record's result, in the order of the replay.
    func write(_ result: ReplayResult) throws

    /// Has all that was written reach its place.
    /// - Returns: the bytes that are there; 0 where that is not known.
    func sync() throws -> Int64
}

/// What a record came to.
public struct ReplayResult: Sendable {
    let item: InFlight
}

/// Why a replay cannot go on.
public enum ReplayError: Error, CustomStringConvertible {
    /// A result was refused by its topic.
    case refused(record: String, reason: String)
    /// The progress is of another model.
    case otherModel(path: String)
    /// The progress is of another file, or of a topic.
    case otherInput(path: String, input: String)
    /// An option has another value than in the run that is gone on with.
    case otherOption(path: String, option: String, value: String?)
    /// The input is shorter than it was.
    case inputLost(path: String)
    /// The output is shorter than the progress says.
    case outputLost(path: String)

    /// What happened, on what, and what to do.
    public var description: String {
        switch self {
        case .refused(let record, let reason): "the result of \(record) was refused: \(reason)"
        case .otherModel(let path):
            "\(path): the replay was begun with another model; go on with that, or begin another"
        case .otherInput(let path, let input):
            "\(path): the replay was begun with \(input); go on with that, or begin another"
        case .otherOption(let path, let option, let value):
            "\(path): the replay was begun \(value.map { "with \(option) \($0)" } ?? "without \(option)"); go on with that, "
                + "or begin another"
        case .inputLost(let path):
            "\(path): has fewer lines than when the replay was begun; begin anew, without its progress"
        case .outputLost(let path):
            "\(path): has less than was written to it before; begin anew, without the progress of the earlier run"
        }
    }
}
