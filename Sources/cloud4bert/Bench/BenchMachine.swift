// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Foundation
import Threading

/// What figures were measured on: without it they say nothing.
struct BenchMachine: Encodable {
    let processor: String
    let cores: Int
    let instructionSet: String
    let version: String
    let build: String

    init(kernels: Kernels) {
        processor = Self.processor
        cores = Processors.available()
        instructionSet = kernels.instructionSet
        version = Version.number
        #if DEBUG
            build = "debug"
        #else
            build = "release"
        #endif
    }

    /// Says it in a line.
    var line: String { "\(processor), \(cores) cores, \(instructionSet); cloud4bert \(version), \(build) build" }

    /// What the system calls the processor: on x86 by its name, elsewhere by what there is.
    private static var processor: String {
        guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else {
            return "unknown processor"
        }
        let lines = text.split(separator: "\n")
        for name in ["model name", "Model", "CPU part"] {
            if let value = lines.first(where: { $0.hasPrefix(name) })?.split(separator: ":").last {
                return String(value.drop { $0 == " " })
            }
        }
        return "unknown processor"
    }
}
