// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The built program, run as a user runs it.
struct Program {
    /// What a run came to.
    struct Outcome {
        let output: String
        let complaint: String
        let exitCode: Int32

        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// How long what has to come may take: far longer than on the slowest machine, for it only ends what has failed.
    static let patience = Duration.seconds(300)

    /// It lies beside the tests' own executable.
    static let path = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "cloud4bert")
        .path

    /// Path of a model directory among the reference outputs.
    static func model(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "BertTests/Golden/\(name)").path
    }

    /// Path of something that lies beside the repository; nil where it does not.
    static func shared(_ name: String) -> String? {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = root.appending(path: "../shared/\(name)").standardizedFileURL.path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    /// Starts the program; standard input stays empty unless given.
    static func start(
        _ arguments: [String],
        executable: String = path,
        input: Data = Data(),
        environment: [String: String] = [:]
    ) throws -> (process: Process, output: Pipe, complaint: Pipe) {
        let process = Process()
        let (output, complaint, source) = (Pipe(), Pipe(), Pipe())
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = complaint
        process.standardInput = source
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        try process.run()
        Thread.detachNewThread {
            // A program that does not read its input to the end is no failure of the test.
            try? source.fileHandleForWriting.write(contentsOf: input)
            try? source.fileHandleForWriting.close()
        }
        return (process, output, complaint)
    }

    /// Ends a program with SIGTERM and waits for its end.
    static func end(_ process: Process) {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: [String],
        executable: String = path,
        input: String = "",
        environment: [String: String] = [:]
    ) throws -> Outcome {
        try run(arguments, executable: executable, bytes: Data(input.utf8), environment: environment)
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: [String],
        executable: String = path,
        bytes: Data,
        environment: [String: String] = [:]
    ) throws -> Outcome {
        let (process, output, complaint) = try start(
            arguments,
            executable: executable,
            input: bytes,
            environment: environment
        )
        let said = Box()
        let reader = Thread { said.fill(complaint.fileHandleForReading.readDataToEndOfFile()) }
        reader.start()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            output: String(decoding: data, as: UTF8.self),
            complaint: String(decoding: said.wait(), as: UTF8.self),
            exitCode: process.terminationStatus
        )
    }

    /// Data that another thread reads, so that neither of two pipes fills up while the other is read.
    private final class Box: @unchecked Sendable {
        private var data = Data()
        private let filled = DispatchSemaphore(value: 0)

        func fill(_ data: Data) {
            self.data = data
            filled.signal()
        }

        func wait() -> Data {
            filled.wait()
            return data
        }
    }
}
