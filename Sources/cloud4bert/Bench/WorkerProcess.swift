// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging

/// A worker of this program in a process of its own, watched through its metrics as a user watches one.
final class WorkerProcess {
    private let process = Process()
    private let complaint = Pipe()
    private let address: String

    /// Starts `cloud4bert worker`, and waits until it has opened its port.
    init(arguments: [String]) throws {
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            ["worker", "--http.address=127.0.0.1:0", "--log.format=json", "--log.level=info"] + arguments
        process.standardError = complaint
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        var address: String?
        var said = Data()
        while address == nil {
            let data = complaint.fileHandleForReading.availableData
            guard !data.isEmpty else {
                process.waitUntilExit()
                throw InputError("the worker did not start: \(String(decoding: said, as: UTF8.self))")
            }
            said += data
            address =
                said.split(separator: UInt8(ascii: "\n"))
                .lazy.compactMap { try? JSONDecoder().decode(Started.self, from: $0).http }.first
        }
        self.address = address ?? ""
        // What it says from now on goes on to this program's own standard error.
        complaint.fileHandleForReading.readabilityHandler = { try? Terminal.write(Array($0.availableData), to: 2) }
    }

    var processIdentifier: Int32 { process.processIdentifier }

    private struct Started: Decodable {
        let http: String
    }

    /// Ends it, and waits for its end.
    func stop() {
        complaint.fileHandleForReading.readabilityHandler = nil
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }

    /// Waits until it is ready for records.
    func waitUntilReady() throws {
        while !String(decoding: try get("/readyz"), as: UTF8.self).hasPrefix("HTTP/1.1 200") {
            guard process.isRunning else { throw InputError("the worker ended") }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    /// Its metrics at this moment: for each name the sum over its series.
    func metrics() throws -> [String: Double] {
        var metrics: [String: Double] = [:]
        for line in String(decoding: try get("/metrics"), as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let value = Double(parts[1]), let name = parts[0].split(separator: "{").first else {
                continue
            }
            metrics[String(name), default: 0] += value
        }
        return metrics
    }

    /// One request on a connection of its own; the answer with its head.
    private func get(_ path: String) throws -> Data {
        let parts = address.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else { throw InputError("'\(address)' is no address") }
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var to = sockaddr_in()
        to.sin_family = sa_family_t(AF_INET)
        to.sin_port = port.bigEndian
        inet_pton(AF_INET, String(parts[0]), &to.sin_addr)
        let connected = withUnsafeBytes(of: &to) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { connect(socket, $0.baseAddress, socklen_t(bytes.count)) }
        }
        guard connected == 0 else { throw InputError("\(address): \(String(cString: strerror(errno)))") }
        try Terminal.write(
            Array("GET \(path) HTTP/1.1\r\nHost: \(address)\r\nConnection: close\r\n\r\n".utf8),
            to: socket
        )
        return FileHandle(fileDescriptor: socket, closeOnDealloc: false).readDataToEndOfFile()
    }
}
