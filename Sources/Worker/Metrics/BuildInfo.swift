// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka

/// What this program is, and what it runs on.
struct BuildInfo: Sendable {
    /// The one that the kernels are for; empty where there are none.
    var instructionSet = ""

    func write(to text: inout MetricsText) {
        let labels = [
            ("version", Version.number), ("librdkafka", Librdkafka.version), ("instruction_set", instructionSet),
        ]
        text.metric("cloud4bert_build_info", .gauge, "Versions of the program and of librdkafka.", [(labels, 1)])
    }
}
