// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Pipes and devices in the place of files, as shells put them there.
@Suite struct FilesTests {
    private let directory: URL
    private let model = Program.model("bert-classifier")

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// Runs a script with `$B` as the program and `$M` as a model.
    private func bash(_ script: String, input: String = "") throws -> Program.Outcome {
        try Program.run(
            ["-c", "cd '\(directory.path)'; " + script],
            executable: "/bin/bash",
            input: input,
            environment: ["B": Program.path, "M": model]
        )
    }

    @Test("Texts with labels come through pipes, as CSV or JSON lines, whatever the pipe is called")
    func data() throws {
        for text in ["text,label\nfine,positive\n", #"{"text":"fine","label":"positive"}"# + "\n"] {
            let piped = try bash("$B evaluate --model $M --json --test <(cat)", input: text)
            #expect(piped.exitCode == 0 && piped.output.contains("\"texts\":1"), "\(piped)")
            let standard = try bash("$B evaluate --model $M --json --test /dev/stdin", input: "\u{FEFF}" + text)
            #expect(standard.exitCode == 0 && standard.output.contains("\"texts\":1"), "\(standard)")
        }
        let wide = try bash("printf 'text,label\\n' | iconv -t UTF-16 > w.csv; $B evaluate --model $M --test w.csv")
        #expect(wide.exitCode == 65 && wide.complaint.contains("UTF-16"))
        for path in ["none.csv", "."] {
            let missing = try bash("$B evaluate --model $M --test \(path)")
            #expect(missing.exitCode == 66 && missing.complaint.contains("\(path): cannot be"), "\(missing)")
        }
    }

    @Test("A pipe that is named twice is read once")
    func twice() throws {
        let rows = (0..<40).map { "text \($0),\(["positive", "negative"][$0 % 2])" }.joined(separator: "\n")
        let outcome = try bash(
            "mkfifo p.csv; exec 3<&0; cat <&3 > p.csv & timeout 300 $B finetune --model $M --train p.csv --train p.csv --validation 0.3 "
                + "--epochs 1 --out out 2>&1",
            input: "text,label\n" + rows + "\n"
        )
        #expect(outcome.exitCode == 0, "\(outcome)")
    }

    @Test("A pipe that is named twice, by one name or two, is evaluated twice and read once")
    func evaluatedTwice() throws {
        let text = "text,label\nfine,positive\nbad,negative\n"
        for second in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
            let outcome = try bash("$B evaluate --model $M --json --test /dev/stdin --test \(second)", input: text)
            #expect(outcome.exitCode == 0 && outcome.output.contains("\"texts\":4"), "\(second): \(outcome)")
        }
    }

    @Test("Settings and secrets come through pipes")
    func settings() throws {
        let rest = "--bootstrap.servers x:1 --input.topics a --output.topic b"
        for way in ["--group.id.file <(printf 'secret\\r\\n')", "--config <(echo group.id=secret)"] {
            let outcome = try bash("$B check \(way) \(rest)")
            #expect(outcome.exitCode == 0 && outcome.output.contains("group.id = secret  ("), "\(outcome)")
        }
    }

    @Test("A pipe in a model directory is an error and nothing to wait for")
    func modelDirectory() throws {
        for name in ["tokenizer.json", "tokenizer_config.json", "config.json", "model.safetensors"] {
            let outcome = try bash(
                "rm -rf m; cp -r $M m; rm m/\(name); mkfifo m/\(name); timeout 300 $B classify --model m x"
            )
            #expect(outcome.exitCode == 65 && outcome.complaint.contains(name), "\(outcome)")
        }
    }

    @Test("Outputs go to standard output, pipes and devices, and to what a link points to")
    func outputs() throws {
        let csv = "printf 'text,label\\nfine,positive\\n' > t.csv; "
        let stdout = try bash(csv + "$B evaluate --model $M --test t.csv --predictions /dev/stdout > out; cat out")
        #expect(stdout.output.contains("\r\nt.csv,fine,positive,"), "\(stdout)")
        #expect(!stdout.output.contains("accuracy"))
        let array = try bash("$B features --model $M --out /dev/stdout x | head -c 6; stat -Lc %F /dev/stdout")
        #expect(array.output.contains("NUMPY"))
        let report = try bash(
            csv + "$B evaluate --model $M --test t.csv --report >(grep -c '</html>' > n) > /dev/null; "
                + "while ! test -s n; do :; done; cat n"
        )
        #expect(report.output == "1\n", "\(report)")
        let kept = try bash(
            "echo old > f; chmod 600 f; ln -s f l; $B features --model $M --out l x; stat -c '%a %F' f; stat -c %F l"
        )
        #expect(kept.output == "600 regular file\nsymbolic link\n", "\(kept)")
        let missing = try bash(csv + "$B evaluate --model $M --test t.csv --report none/r.html")
        #expect(missing.exitCode == 74 && missing.complaint.contains("none/r.html"), "\(missing)")
    }
}
