// SPDX-License-Identifier: Apache-2.0
import CProcess
import Glibc

/// What a process has to see to before anything else, since its parent may have left it in any state.
enum ProcessStart {
    /// The words of the command line behind the program's name.
    static func arguments() throws -> [String] {
        try (1..<max(c4b_argument_count(), 1)).map { index in
            guard let word = c4b_argument(index), let text = String(validatingCString: word) else {
                throw UsageError("word \(index) of the command line is not UTF-8")
            }
            return text
        }
    }

    /// Keeps the numbers of standard input, output and error from other files, where one was closed: what is written to
    /// it fails, in place of ending up in a model or a report.
    static func holdStandardStreams() {
        // `O_PATH`, which Swift does not see: a descriptor that can neither be read nor written.
        let pathOnly: Int32 = 0o10000000
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest number that is free is this one.
            _ = open("/", pathOnly)
        }
    }

    /// Has the usual signals end the process also as the first one of a container, which the kernel spares them.
    static func endOnSignals() {
        guard getpid() == 1 else { return }
        for number in [SIGTERM, SIGINT, SIGHUP, SIGQUIT] {
            // As a shell reports a process that a signal ended.
            signal(number) { _exit(128 + $0) }
        }
    }
}
