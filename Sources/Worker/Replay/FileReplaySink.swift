// SPDX-License-Identifier: Apache-2.0
import Configuration
import Files
internal import Glibc
import JSON
import Kafka
import Threading

/// Writes results as lines: of JSON, or of CSV with a heading.
public final class FileReplaySink: ReplaySink {
    /// How a line looks.
    public enum Format: Sendable {
        case json
        case csv
    }

    private struct State {
        var waiting: [UInt8] = []
        var bytes: Int64
    }

    private let path: String
    private let descriptor: Int32
    private let format: Format
    private let state: Monitor<State>
    /// Bytes that wait for others before they are written.
    private static let bufferBytes = 1 << 16
    private static let columns = ["id", "label", "score", "decision", "timestamp_ms", "text", "error"]

    /// Opens a file, and cuts off what does not belong to the `bytes` that an earlier run is known to have written.
    public init(_ path: String, format: Format, from bytes: Int64) throws {
        self.path = path
        self.format = format
        let own = Descriptor.named(path)
        descriptor =
            own.map { fcntl($0, F_DUPFD_CLOEXEC, 0) } ?? open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o666)
        state = Monitor(State(bytes: bytes))
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        // Pipes have no length, and nothing to go on with; and what a shell has opened is the shell's to cut.
        let end = own == nil ? lseek(descriptor, 0, SEEK_END) : -1
        guard end >= bytes || bytes == 0 else { throw ReplayError.outputLost(path: path) }
        if end >= 0 {
            guard ftruncate(descriptor, off_t(bytes)) == 0 || errno == EINVAL else { throw Self.failure(path, errno) }
            lseek(descriptor, off_t(bytes), SEEK_SET)
        }
        if bytes == 0, format == .csv { append(Array(CSV.row(Self.columns).utf8)) }
    }

    deinit { close(descriptor) }

    /// Takes a record's line.
    public func write(_ result: ReplayResult) throws {
        guard let line = format == .json ? result.jsonLine : result.csvLine else { return }
        append(line)
        if state.withLock({ $0.waiting.count >= Self.bufferBytes }) { try flush() }
    }

    /// Has all lines reach the disk.
    public func sync() throws -> Int64 {
        try flush()
        guard fsync(descriptor) == 0 || [EINVAL, ENOTSUP, EROFS].contains(errno) else {
            throw Self.failure(path, errno)
        }
        return state.withLock(\.bytes)
    }

    private func append(_ bytes: [UInt8]) { state.withLock { $0.waiting += bytes } }

    private func flush() throws(FileError) {
        let bytes = state.withLock { state in
            defer { state.waiting.removeAll(keepingCapacity: true) }
            state.bytes += Int64(state.waiting.count)
            return state.waiting
        }
        let code = bytes.withUnsafeBytes { Descriptor.write($0, to: descriptor) }
        guard code == 0 else { throw Self.failure(path, code) }
    }

    private static func failure(_ path: String, _ code: Int32) -> FileError {
        FileError(.notWritable, path: path, "cannot be written: \(String(cString: strerror(code)))")
    }
}

extension ReplayResult {
    /// The line of a record; nil where nothing is published of it.
    fileprivate var jsonLine: [UInt8]? {
        switch item.result {
        case .tagged, .unscored: return (item.messages.first?.value ?? []) + [UInt8(ascii: "\n")]
        case .untagged: return line { $0.field("untagged", true) }
        case .deadLetter(let reason):
            let message = item.messages.first?.headers.last { $0.name == OwnHeaders.errorPrefix + "message" }?.value
            return line { json in
                json.name("error")
                json.object { json in
                    json.field("reason", reason.rawValue)
                    json.field("message", message.map { String(decoding: $0, as: UTF8.self) } ?? "")
                }
            }
        case .skipped, nil: return nil
        }
    }

    private func line(_ fields: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("id", item.record.id)
            fields(&json)
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    fileprivate var csvLine: [UInt8]? {
        let id = item.record.id
        let time = item.record.timestamp.map { "\($0.milliseconds)" } ?? ""
        switch item.result {
        case .tagged, .unscored:
            let value = item.messages.first?.value ?? []
            let found = ["/id", "/label", "/score", "/decision", "/text"].map { path -> String in
                switch try? JSONPointer(path)?.find(in: value) {
                case .text(let text), .other(let text): text
                default: ""
                }
            }
            return Array(CSV.row([found[0], found[1], found[2], found[3], time, found[4], ""]).utf8)
        case .untagged: return Array(CSV.row([id, "", "", "untagged", time, "", ""]).utf8)
        case .deadLetter(let reason): return Array(CSV.row([id, "", "", "", time, "", reason.rawValue]).utf8)
        case .skipped, nil: return nil
        }
    }
}
