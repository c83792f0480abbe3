// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The name of this machine, which in a container is the container's own.
func hostName() -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
        text.initialize(repeating: 0)
        // One byte less than there is, so that the text ends whatever its length.
        guard let start = text.baseAddress, gethostname(start, text.count - 1) == 0 else { return "localhost" }
        return String(cString: start)
    }
}
