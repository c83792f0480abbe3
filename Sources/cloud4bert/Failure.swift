// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Kafka
import Settings
import Threading
import Training
import Worker

/// The command line is wrong.
struct UsageError: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

/// The input of a command is wrong: a file, or a line of it.
struct InputError: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

/// How a command that failed ends: what it says on stderr, and its exit code, after BSD's sysexits.
struct Failure {
    let message: String
    let exitCode: Int32

    /// - Parameter options: those of the command. Libraries name them alone; here they are spelled as on a command line.
    init(_ error: any Error, options: [Command.Option] = []) {
        func spelled(_ message: String) -> String {
            options.contains { message.hasPrefix("\($0.name): ") } ? "--\(message)" : message
        }
        func spelled(_ error: SettingsError) -> String {
            SettingsError(problems: error.problems.map(spelled)).description
        }
        switch error {
        case let error as UsageError:
            self.init("\(error.message)\nTry 'cloud4bert help'.", 64)
        case let error as InputError:
            self.init(error.message, 65)
        case let error as OutputClosed:
            self.init(error.message, 74)
        case WorkerError.settings(let error):
            self.init(spelled(error), 78)
        case let error as WorkerError:
            self.init(spelled(error.description), error.exitCode)
        case let error as SettingsError:
            self.init(spelled(error), 78)
        case let error as FileError:
            self.init(error.description, error.exitCode)
        case let error as DatasetError:
            self.init(error.description, error.isMissing ? 66 : 65)
        case let error as TrainingError:
            self.init(spelled(error.description), 65)
        case let error as Interrupted:
            self.init(error.message, error.exitCode)
        case let error as ReplayError:
            self.init(error.description, 65)
        case let error as ThreadLimit:
            self.init(error.description, 75)
        case let error as UnknownInstructionSet:
            self.init(error.description, 78)
        case let error as KafkaError:
            self.init(error.description, WorkerError.kafka(error).exitCode)
        default:
            self.init("\(error)", 70)
        }
    }

    private init(_ message: String, _ exitCode: Int32) {
        self.message = message
        self.exitCode = exitCode
    }
}
