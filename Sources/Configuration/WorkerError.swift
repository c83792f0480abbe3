// SPDX-License-Identifier: Apache-2.0
public import Bert
public import Files
public import Kafka
public import Settings
public import Threading

/// Why a worker cannot start, or cannot go on.
public enum WorkerError: Error, CustomStringConvertible {
    /// A setting is wrong, or several are.
    case settings(SettingsError)
    /// The model cannot be used.
    case model(FileError)
    /// `CLOUD4BERT_ISA` asks for what this processor has not.
    case instructionSet(UnknownInstructionSet)
    /// A topic does not exist: the setting that names it, and the topic.
    case topicMissing(setting: String, topic: String)
    /// Kafka cannot be reached, refuses us, or fails for good.
    case kafka(KafkaError)
    /// The same, where something can be set or granted to mend it.
    case kafkaRefused(KafkaError, remedy: String)
    /// A dead letter was refused. To go on would be to lose its record.
    case deadLetterRefused(KafkaError)
    /// The port of the metrics cannot be opened.
    case http(String)
    /// The system has no threads left for it.
    case threads(ThreadLimit)

    /// What happened, on what, and what to do.
    public var description: String {
        switch self {
        case .settings(let error): error.description
        case .model(let error): error.description
        case .instructionSet(let error): error.description
        case .topicMissing(let setting, let topic):
            "\(setting): there is no topic '\(topic)' in the cluster; create it, or correct the setting"
        case .kafka(let error): error.description
        case .kafkaRefused(let error, let remedy): "\(error); \(remedy)"
        case .deadLetterRefused(let error):
            "a dead letter was refused, and the worker stops rather than skip its record: \(error)"
        case .http(let reason): reason
        case .threads(let error): error.description
        }
    }

    /// The program's exit code, after BSD's sysexits.
    public var exitCode: Int32 {
        switch self {
        case .settings, .instructionSet: 78
        case .model(let error): error.exitCode
        case .topicMissing: 66
        case .http: 78
        case .threads: 75
        case .kafka(let error), .kafkaRefused(let error, _), .deadLetterRefused(let error):
            switch error.kind {
            case .brokerUnavailable: 69
            case .authentication, .authorisation: 77
            // Two workers under one identity, which is for people to mend.
            case .badConfiguration, .fenced: 78
            case .unknownTopicOrPartition: 66
            default: error.isRetriable || error.isLackOfThreads ? 75 : 70
            }
        }
    }
}

extension WorkerError {
    /// Whether Kafka did not take who we are; with other secrets it may.
    package var isRefusal: Bool {
        switch self {
        case .kafka(let error), .kafkaRefused(let error, _): error.kind == .authentication
        default: false
        }
    }
}

extension FileError {
    /// The program's exit code, after BSD's sysexits.
    public var exitCode: Int32 {
        switch kind {
        case .missing: 66
        case .invalid, .unsupported: 65
        case .notWritable: 74
        }
    }
}

extension KafkaError {
    /// Whether waiting does not help: the worker has to end. librdkafka goes on by itself after all other errors.
    package var isFinal: Bool { isFatal || kind == .authentication || kind == .authorisation }

    /// Whether an operator has to set something right before transactions can go on.
    package var needsIntervention: Bool {
        switch kind {
        case .authentication, .authorisation, .badConfiguration: true
        // A coordinator fails transactions with a topic that is new to it; one that was deleted, the producer finds missing.
        case .unknownTopicOrPartition: !requiresAbort
        default: false
        }
    }
}
