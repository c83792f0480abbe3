// SPDX-License-Identifier: Apache-2.0
import Bert

@testable import Configuration
@testable import HTTP
@testable import Settings
@testable import Worker

/// Parsers of what operators and their tools send.
extension Parser {
    static let properties = Parser(name: "properties") { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        for entry in PropertiesFile(text).entries {
            precondition(entry.line > 0)
            for setting in Settings.table.byKey.values { _ = setting.value(of: entry.value) }
        }
        // A key with .file behind it would have any file read.
        guard !text.contains("file"), !text.contains("\\") else { return }
        let path = Scratch.holding(["worker.properties": bytes]) + "/worker.properties"
        if let settings = try? Settings(file: path, environment: ["NAME": "${NAME}"], flags: []) {
            _ = settings.workerProblems()
            _ = settings.summary
        }
    }

    /// What has come of a request: more bytes never change what was once said of it.
    static let http = Parser(name: "http") { bytes in
        let whole = HTTPRequest.parse(bytes)
        var said: HTTPRequest.Parsed?
        for end in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 16)) {
            let parsed = HTTPRequest.parse(Array(bytes[..<end]))
            if let said { precondition(parsed == said) } else if parsed != .incomplete { said = parsed }
        }
        precondition(said == nil || said == whole)
        if case .request(let request) = whole { precondition(request.path.hasPrefix("/")) }
        precondition(bytes.count <= HTTPRequest.maxHeadBytes || whole != .incomplete)
    }

    /// A body in chunks: it is the same in one piece and in many.
    static let body = Parser(name: "body") { bytes in
        let whole = body(of: [bytes[...]])
        let pieces = body(of: bytes.indices.map { bytes[$0...$0] })
        precondition(whole?.bytes == pieces?.bytes && whole?.isWhole == pieces?.isWhole)
        precondition(whole?.bytes.count ?? 0 <= 1_000)
    }

    /// What comes of a body that arrives in these pieces; nil where it is refused.
    private static func body(of pieces: [ArraySlice<UInt8>]) -> HTTPBody? {
        guard var body = try? HTTPBody(.chunked, maxBytes: 1_000) else { return nil }
        for piece in pieces where (try? body.take(piece)) == nil { return nil }
        return body
    }

    /// What is asked for by HTTP, in both shapes.
    static let question = Parser(name: "question") { bytes in
        let attributes = AttributeNames(["negative", "toxic"].map { ($0, $0) })
        let apis: [any ScoringAPI] = [
            PredictAPI(maxTexts: 10, truncation: .head), AnalyzeAPI(attributes: attributes), TryAPI(),
        ]
        for api in apis {
            do throws(ScoringError) {
                let question = try api.read(bytes)
                precondition((1...10).contains(question.texts.count))
                _ = try question.answer(question.texts.map { _ in ScoredText(ranking: []) })
            } catch {
                let response = api.response(to: error)
                precondition((400...500).contains(response.status) && response.body.utf8.count < 10_000)
            }
        }
    }
}
