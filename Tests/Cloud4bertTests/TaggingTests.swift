// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Training

/// The job as a user does it: three programs that know nothing of each other.
@Suite struct TaggingTests {
    private static let kcat = ["/usr/bin/kcat", "/usr/local/bin/kcat"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private struct Consumed: Decodable {
        let partition: Int
        let offset: Int
        let key: String?
        let headers: [String]?
        let ts: Int
        let payload: String
    }

    private struct Envelope: Decodable {
        struct Source: Decodable {
            let partition: Int
            let offset: Int
        }

        let label: String
        let text: String
        let source: Source
    }

    @Test(
        "Posts from kcat, tagged by the worker, come back to kcat once each, in order, with the labels of PyTorch",
        .enabled(if: kcat != nil && Program.shared("models/minilm-senti") != nil, "needs kcat and the shared model")
    )
    func posts() throws {
        let model = try #require(Program.shared("models/minilm-senti"))
        let rows = try Self.posts()
        let (cluster, output, _) = try Program.start(["cluster", "--topics", "in:4,out:4,dead:1"])
        defer { Program.end(cluster) }
        let broker = try #require(Self.firstLine(of: output))
        let lines = try rows.enumerated().map { index, row in
            let value = try JSONSerialization.data(withJSONObject: ["n": index, "text": row.text])
            return "author-\(index % 40)\t" + String(decoding: value, as: UTF8.self)
        }
        let produced = try Self.run(
            ["-P", "-b", broker, "-t", "in", "-K", "\t", "-H", "trace=a", "-H", "trace=b"],
            input: lines.joined(separator: "\n") + "\n"
        )
        #expect(produced.exitCode == 0)
        let (worker, _, complaint) = try Program.start([
            "worker", "--model", model, "--text.max.tokens", "128", "--bootstrap.servers", broker, "--input.topics",
            "in",
            "--output.topic", "out", "--dead.letter.topic", "dead", "--http.address", "127.0.0.1:0", "--log.level",
            "error",
        ])
        defer { Program.end(worker) }
        // -c ends kcat once so many have come.
        let outputs = try Self.consume(broker, "out", count: rows.count)
        Program.end(worker)
        #expect(worker.terminationStatus == 0)
        #expect(complaint.fileHandleForReading.readDataToEndOfFile().isEmpty)
        let inputs = try Self.consume(broker, "in", count: rows.count)
        try Self.check(inputs, outputs, rows)
        // Nothing came after the worker's end either.
        let all = try Self.run(["-C", "-b", broker, "-t", "out", "-e", "-q", "-f", "%o\n"], input: "")
        #expect(all.lines.count == rows.count)
    }

    private static func check(_ inputs: [Consumed], _ outputs: [Consumed], _ rows: [(text: String, label: String)])
        throws
    {
        let places = Dictionary(uniqueKeysWithValues: inputs.map { ([$0.partition, $0.offset], $0) })
        var seen: Set<[Int]> = []
        var last: [[Int]: Int] = [:]
        var right = 0
        for output in outputs {
            let envelope = try JSONDecoder().decode(Envelope.self, from: Data(output.payload.utf8))
            let place = [envelope.source.partition, envelope.source.offset]
            let input = try #require(places[place])
            #expect(seen.insert(place).inserted)
            #expect(output.key == input.key && output.headers == input.headers && output.ts == input.ts)
            let way = [output.partition, place[0]]
            #expect(last[way, default: -1] < place[1])
            last[way] = place[1]
            let object = try JSONSerialization.jsonObject(with: Data(input.payload.utf8)) as? [String: Any]
            let row = rows[try #require(object?["n"] as? Int)]
            #expect(envelope.text == row.text)
            if envelope.label == row.label { right += 1 }
        }
        #expect(seen.count == rows.count)
        // PyTorch has them in f32, and in bytes a text that lies between two labels may fall to the other side.
        #expect(right >= rows.count - 1)
    }

    /// Every sixth post with the label that PyTorch gives it: few enough for a slow processor.
    private static func posts() throws -> [(text: String, label: String)] {
        let texts = try Dataset(path: try #require(Program.shared("data/senti4sd.test.csv"))).examples.map(\.text)
        let path = try #require(Program.shared("models/minilm-senti/senti4sd.test.logits.csv"))
        let table = try String(contentsOfFile: path, encoding: .utf8)
        let logits = table.split(whereSeparator: \.isNewline).dropFirst()
            .map { $0.split(separator: ",").compactMap { Float($0) } }
        try #require(logits.count == texts.count)
        let names = ["negative", "neutral", "positive"]
        return stride(from: 0, to: texts.count, by: 6).map { index in
            let best = logits[index].indices.max { logits[index][$0] < logits[index][$1] }
            return (texts[index], names[best ?? 0])
        }
    }

    private static func consume(_ broker: String, _ topic: String, count: Int) throws -> [Consumed] {
        let arguments = ["-C", "-b", broker, "-t", topic, "-o", "beginning", "-q", "-J", "-c", "\(count)"]
        return try run(arguments, input: "").lines.map { try JSONDecoder().decode(Consumed.self, from: Data($0.utf8)) }
    }

    private static func run(_ arguments: [String], input: String) throws -> Program.Outcome {
        // Records that never come must fail the test, not hang it.
        try Program.run(["3600", kcat ?? ""] + arguments, executable: "/usr/bin/timeout", input: input)
    }

    private static func firstLine(of pipe: Pipe) -> String? {
        var line = Data()
        while let byte = try? pipe.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) { line += byte }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }
}
