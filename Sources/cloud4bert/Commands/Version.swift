// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Kafka

extension Command {
    static let version = Command(
        name: "version",
        summary: "say which version this is",
        takesSettings: false,
        usesThreads: false
    ) { _ in
        try Terminal.line("cloud4bert \(Version.number)")
        try Terminal.line("librdkafka \(Librdkafka.version)")
        try Terminal.line(
            "instruction sets of this processor, best first: \(Kernels.supported.joined(separator: ", "))"
        )
    }
}
