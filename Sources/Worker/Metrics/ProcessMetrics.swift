// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// What Prometheus' own clients say of their process, under the same names.
package enum ProcessMetrics {
    static func write(to text: inout MetricsText) {
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            text.metric(
                "process_cpu_seconds_total",
                .counter,
                "CPU time of the process, user and system.",
                [([], usage.ru_utime.seconds + usage.ru_stime.seconds)]
            )
        }
        if let bytes = residentBytes {
            text.metric("process_resident_memory_bytes", .gauge, "Resident memory of the process.", bytes)
        }
    }

    /// What the process takes of the machine's memory now.
    package static var residentBytes: Int? { residentPages.map { $0 * sysconf(Int32(_SC_PAGESIZE)) } }

    /// The second number of `/proc/self/statm`.
    private static var residentPages: Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let line = fgets(buffer.baseAddress, 256, file) else { return nil }
            let fields = String(cString: line).split(separator: " ")
            return fields.count > 1 ? Int(fields[1]) : nil
        }
    }
}

extension timeval {
    fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1_000_000 }
}
