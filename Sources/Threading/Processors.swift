// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import Glibc

/// How many cores this process may use.
public enum Processors {
    /// The cores of the affinity mask, or fewer if a cgroup's quota pays for fewer; at least 1.
    public static func available() -> Int {
        available(cgroups: "/sys/fs/cgroup", membership: "/proc/self/cgroup")
    }

    static func available(cgroups: String, membership: String) -> Int {
        let cores = affinity(status: read("/proc/self/status") ?? "") ?? sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let quota = quota(cgroups: cgroups, membership: read(membership) ?? "")
        return max(1, min(cores, quota.map { Int($0.rounded(.up)) } ?? .max))
    }

    /// The cores that a process's status allows: `Cpus_allowed:`, a mask in hexadecimal; nil if it does not say.
    static func affinity(status: String) -> Int? {
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
        return line?.split(separator: "\t").last?.compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount }
    }

    /// The least quota of the process's cgroup and those above it, in cores; nil without one. Version 2 has `cpu.max`,
    /// version 1 `cpu.cfs_quota_us` and `cpu.cfs_period_us`.
    static func quota(cgroups: String, membership: String) -> Double? {
        var quotas: [Double] = []
        for line in membership.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            guard parts[1].isEmpty || controllers.contains("cpu") else { continue }
            let root = parts[1].isEmpty ? cgroups : "\(cgroups)/\(parts[1])"
            // Inside a container the path is often that of the host, and the group itself is mounted as the root.
            var path = parts[2].split(separator: "/").map(String.init)
            while true {
                let directory = ([root] + path).joined(separator: "/")
                if let quota = parts[1].isEmpty ? version2(directory) : version1(directory) { quotas.append(quota) }
                guard !path.isEmpty else { break }
                path.removeLast()
            }
        }
        return quotas.min()
    }

    private static func version2(_ directory: String) -> Double? {
        let fields = (read("\(directory)/cpu.max") ?? "").split { $0 == " " || $0 == "\n" }
        guard fields.count == 2, let quota = Double(fields[0]), let period = Double(fields[1]), period > 0 else {
            return nil
        }
        return quota / period
    }

    private static func version1(_ directory: String) -> Double? {
        let number: (String) -> Double? = {
            read("\(directory)/\($0)").flatMap { Double($0.filter { !$0.isWhitespace }) }
        }
        guard let quota = number("cpu.cfs_quota_us"), quota > 0, let period = number("cpu.cfs_period_us"), period > 0
        else { return nil }
        return quota / period
    }

    private static func read(_ path: String) -> String? {
        (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }
    }
}
