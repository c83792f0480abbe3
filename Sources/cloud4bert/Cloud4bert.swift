// SPDX-License-Identifier: Apache-2.0
import Glibc
import Threading

/// The program: finds the command, runs it, and turns what it throws into a message and an exit code.
@main
struct Cloud4bert {
    /// All commands, in the order that `help` lists them.
    static let commands: [Command] = [
        .worker, .replay, .audit, .corrections, .deadLetters, .demo, .cluster, .classify, .fillMask, .features,
        .tokenize, .distil,
        .finetune,
        .addTokens, .evaluate,
        .bench,
        .inspect, .verify, .check, .completions, .manual, .version, .help,
    ]

    static func main() {
        // A reader that goes away is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        ProcessStart.holdStandardStreams()
        ProcessStart.endOnSignals()
        exit(CallerExecutor().run { await run() })
    }

    private static func run() async -> Int32 {
        var options: [Command.Option] = []
        do {
            var arguments = try ProcessStart.arguments()
            guard !arguments.isEmpty else { throw UsageError("a command is missing") }
            let name = alias(arguments.removeFirst())
            guard let command = commands.first(where: { $0.name == name }) else {
                throw UsageError(unknown: name)
            }
            options = command.options
            let invocation = try Invocation(command: command, arguments: arguments)
            if invocation.asksForHelp {
                try Terminal.line(Help.text(of: command))
            } else {
                if command.usesThreads { try ThreadLimit.check() }
                try await command.run(invocation)
            }
            return 0
        } catch {
            let failure = Failure(error, options: options)
            if !failure.message.isEmpty { Terminal.complain(failure.message) }
            return failure.exitCode
        }
    }

    private static func alias(_ name: String) -> String {
        switch name {
        case "--help", "-h": "help"
        case "--version", "-v": "version"
        default: name
        }
    }
}
