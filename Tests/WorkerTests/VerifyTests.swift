// SPDX-License-Identifier: Apache-2.0
import Configuration
import Foundation
import Logging
import Settings
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// A worker that is to reproduce what a model says, before it speaks to anybody.
@Suite struct VerifyTests {
    @Test("A worker that does not reproduce what model.verify expects does not start, nor one that cannot read it")
    func refused() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "verify-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let model = try testModel()
        for (line, reason) in [
            (#"{"text":"a","ids":[2,3],"logits":[1,2,3]}"#, "is not reproduced with f32 and"),
            (#"{"text":"a"}"#, "line 1 is no"),
        ] {
            try Data(line.utf8).write(to: URL(filePath: path))
            let settings = try testSettings(["model.verify": path])
            let error = #expect(throws: WorkerError.self) {
                try Worker(settings: settings, model: model, log: Log(level: .error, format: .text))
            }
            #expect(
                error?.exitCode == 78 && error?.description.contains(reason) == true,
                "\(String(describing: error))"
            )
        }
    }
}
