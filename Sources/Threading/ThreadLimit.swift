// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The system lets this process have no more threads.
public struct ThreadLimit: Error, CustomStringConvertible {
    private let name: String
    private let code: Int32

    init(_ name: String, code: Int32) {
        self.name = name
        self.code = code
    }

    /// Which thread could not be made, why, and what to do.
    public var description: String {
        "no thread for \(name): \(String(cString: strerror(code))); \(Self.remedy)"
    }

    package static let remedy = "raise the limit of processes (ulimit -u), or of the container's pids"

    /// Makes sure that a thread for each core can be had: Dispatch, which the model is loaded with, would wait for one
    /// for ever.
    public static func check() throws(ThreadLimit) {
        var threads: [ThreadExecutor] = []
        for _ in 0..<Processors.available() { threads.append(try ThreadExecutor("each core")) }
    }
}
