// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The state that a process may be started in.
@Suite struct ProcessTests {
    private let model = Program.model("bert-classifier")

    private func bash(_ script: String) throws -> Program.Outcome {
        try Program.run(
            ["-c", script],
            executable: "/bin/bash",
            environment: ["B": Program.path, "M": model]
        )
    }

    @Test("With its standard streams closed, a command ends with the exit code that tells of it")
    func closedStreams() throws {
        let output = try bash("$B classify --model $M x >&-; echo $?")
        #expect(output.output == "74\n" && output.complaint.contains("standard output"), "\(output)")
        let input = try bash("$B classify --model $M <&-; echo $?")
        #expect(input.output == "65\n" && input.complaint.contains("standard input"), "\(input)")
        let error = try bash("$B classify --model /nowhere x 2>&-; echo $?")
        #expect(error.output == "66\n", "\(error)")
    }

    @Test("A word of the command line that is not UTF-8 is refused, and not mended")
    func bytes() throws {
        let outcome = try bash(#"$B classify --model $M $'a\xffb'"#)
        #expect(outcome.exitCode == 64 && outcome.complaint.contains("word 4"), "\(outcome)")
    }

    @Test("A variable of ours that is not UTF-8 is refused by its name; those of other programs may be anything")
    func variables() throws {
        for name in ["CLOUD4BERT_GROUP_ID", "CLOUD4BERT_ISA", "CLOUD4BERT_CONFIG"] {
            let outcome = try bash("export \(name)=$'a\\xffb'; $B classify --model $M x")
            #expect(
                outcome.exitCode == 78 && outcome.complaint.contains("\(name): the variable is not UTF-8"),
                "\(outcome)"
            )
        }
        let other = try bash(#"export OTHER=$'a\xffb'; $B classify --model $M x"#)
        #expect(other.exitCode == 0, "\(other)")
    }

    @Test(
        "With few threads allowed a worker ends, and says so, whatever part of it there is none for",
        .enabled(if: Self.mayLimitThreads, "only root can run as a user that no other process counts for"),
        arguments: 2...9
    )
    func fewThreads(count: Int) throws {
        // A user for each, since the threads of all of a user's processes count. No broker listens there. The search for
        // leaks, where the sanitizer is built in, needs a thread of its own.
        let outcome = try bash(
            "ASAN_OPTIONS=detect_leaks=0 timeout -s KILL 290 setpriv --reuid=\(54_000 + count) --regid=54000 --clear-groups prlimit --nproc=\(count) "
                + "$B worker --model $M --bootstrap.servers 127.0.0.1:1 --input.topics in --output.topic out "
                + "--http.address 127.0.0.1:0; echo $?"
        )
        let code = outcome.output.split(separator: "\n").last.flatMap { Int($0) }
        #expect(code == 75 || code == 78 || code == 69, "\(outcome)")
        #expect(code == 69 || outcome.complaint.contains("ulimit -u"), "\(outcome)")
    }

    /// Whether another user can be had who may run the program.
    private static var mayLimitThreads: Bool {
        let words = [
            "--reuid=54000", "--regid=54000", "--clear-groups", "prlimit", "--nproc=50", Program.path, "version",
        ]
        return getuid() == 0 && (try? Program.run(words, executable: "/usr/bin/setpriv"))?.exitCode == 0
    }

    @Test("Told to stop at any moment of its start, a command ends")
    func signalAtStart() throws {
        let arguments = ["cluster", "--topics", "a:1"]
        let began = ContinuousClock.now
        let (first, output, _) = try Program.start(arguments)
        _ = output.fileHandleForReading.availableData
        let startTime = ContinuousClock.now - began
        Program.end(first)
        let steps = 60
        for step in 0..<steps {
            let (process, _, _) = try Program.start(arguments)
            usleep(UInt32(startTime / .microseconds(1) * 1.2 * Double(step) / Double(steps)))
            process.terminate()
            let deadline = ContinuousClock.now + Program.patience
            while process.isRunning, ContinuousClock.now < deadline { usleep(1_000) }
            guard process.isRunning else { continue }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            Issue.record("it went on, told to stop at step \(step) of its start")
            return
        }
    }

    @Test("A signal before the first step ends a training at once, also while it waits for its texts")
    func early() throws {
        let out = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        for (signal, code) in [("TERM", "143"), ("INT", "130")] {
            let outcome = try bash(
                // Interactive jobs do not ignore SIGINT; the pipe never has a writer that writes.
                "set -m; mkfifo \(out)-\(signal); exec 3<>\(out)-\(signal); "
                    + "$B finetune --model $M --train \(out)-\(signal) --validation 0.2 --out \(out) 3>&- & "
                    + "until ls -l /proc/$!/fd 2>/dev/null | grep -q '\(out)-\(signal)' || ! kill -0 $!; do sleep 0.1; done; "
                    + "kill -\(signal) $!; wait $!; echo $?"
            )
            #expect(outcome.output.hasSuffix(code + "\n"), "\(outcome)")
        }
    }
}
