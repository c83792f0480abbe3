// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// What Prometheus' own clients say of their process, under the same names. Without `/proc`, what comes from there is left
/// out.
package enum ProcessMetrics {
    static func write(to text: inout MetricsText) {
        func gauge(_ name: String, _ help: String, _ value: Double?) {
            if let value { text.metric(name, .gauge, help, [([], value)]) }
        }
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            text.metric(
                "process_cpu_seconds_total",
                .counter,
                "CPU time of the process, user and system.",
                [([], usage.ru_utime.seconds + usage.ru_stime.seconds)]
            )
        }
        gauge(
            "process_resident_memory_bytes",
            "Resident memory of the process.",
            residentBytes.map(Double.init)
        )
        let stat = statFields
        // proc(5): fields 20, 22 and 23, counted behind the name, which ends field 2.
        gauge("process_threads", "Threads of the process.", stat.value(at: 17))
        gauge("process_virtual_memory_bytes", "Virtual memory of the process.", stat.value(at: 20))
        if let ticks = stat.value(at: 19), let boot = bootTime {
            let start = boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
            gauge("process_start_time_seconds", "When the process began, since 1970.", start)
        }
        gauge("process_open_fds", "File descriptors that are open.", openDescriptors.map(Double.init))
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            gauge("process_max_fds", "File descriptors that may be open.", Double(limit.rlim_cur))
        }
    }

    /// What the process takes of the machine's memory now.
    package static var residentBytes: Int? {
        guard let fields = line(of: "/proc/self/statm")?.split(separator: " "), fields.count > 1 else { return nil }
        return Int(fields[1]).map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
    }

    /// `/proc/self/stat` behind the program's name, which may hold blanks and brackets.
    private static var statFields: [Substring] {
        guard let line = line(of: "/proc/self/stat"), let end = line.lastIndex(of: ")") else { return [] }
        return line[line.index(after: end)...].split(separator: " ")
    }

    /// When the machine was started, in seconds since 1970.
    private static var bootTime: Double? {
        guard let file = fopen("/proc/stat", "r") else { return nil }
        defer { fclose(file) }
        while let line = nextLine(of: file) {
            if line.hasPrefix("btime ") { return Double(line.dropFirst(6).prefix { $0 != "\n" }) }
        }
        return nil
    }

    private static var openDescriptors: Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Not this directory's own, nor `.` and `..`.
        return count - 3
    }

    private static func line(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        return nextLine(of: file)
    }

    /// The next line, or as much of it as is of interest.
    private static func nextLine(of file: UnsafeMutablePointer<FILE>) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1_024) { buffer in
            fgets(buffer.baseAddress, 1_024, file).map { String(cString: $0) }
        }
    }
}

extension [Substring] {
    fileprivate func value(at index: Int) -> Double? { indices.contains(index) ? Double(self[index]) : nil }
}

extension timeval {
    fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1_000_000 }
}
