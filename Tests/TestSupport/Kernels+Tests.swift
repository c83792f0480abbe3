// SPDX-License-Identifier: Apache-2.0
package import Bert
import Foundation

extension Kernels {
    /// What tests compute with: the instruction set that `CLOUD4BERT_ISA` names, as the program does, else the best of
    /// this processor.
    package static func ofTests() throws -> Kernels {
        try Kernels(instructionSet: ProcessInfo.processInfo.environment["CLOUD4BERT_ISA"])
    }
}
