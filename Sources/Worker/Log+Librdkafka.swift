// SPDX-License-Identifier: Apache-2.0
import Logging

extension Log {
    /// Takes librdkafka's own lines: those that `kafka.debug` asks for, and those about what is wrong, which comes as an
    /// error too and is told with that.
    @Sendable
    func librdkafka(severity: Int, facility: String, line: String) {
        debug("librdkafka", ["severity": "\(severity)", "facility": facility, "line": line])
    }
}
