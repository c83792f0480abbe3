// SPDX-License-Identifier: Apache-2.0
import Bert
import Files
import Foundation
import Testing

@testable import Training

@Suite struct UntrainedFamilyTests {
    @Test("A family that runs here, but is not trained, is refused by its name", arguments: ["deberta", "modernbert"])
    func refused(family: String) throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let directory = tests.appending(path: "BertTests/Golden/\(family)-classifier").path
        let architecture = try Architecture(directory: directory)
        let error = #expect(throws: FileError.self) {
            try Network(
                architecture: architecture,
                dropout: DropoutRates(directory: directory, plan: architecture.plan),
                arithmetic: Arithmetic(kernels: Kernels(), usesBF16: false),
                weights: Weights(directory: directory),
                seed: 1
            )
        }
        #expect(error?.kind == .unsupported && error?.reason.contains("is not trained") == true)
    }
}
