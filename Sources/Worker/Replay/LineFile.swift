// SPDX-License-Identifier: Apache-2.0
import Configuration
import Files
internal import Glibc
import JSON
import Kafka
import Settings

/// A file of texts that stands for a topic, opened to be read once: JSON lines, CSV, or a text a line.
///
/// The name says which: `.jsonl`, `.ndjson`, `.json` and `.csv`; any other extension means plain text. Without one, as a pipe has it,
/// the first line says it. Each line or row is one record; empty lines are none. What is in a line is not judged here:
/// one that is broken comes out as a record that is rejected.
struct LineFile: ~Copyable {
    private enum Format {
        case text
        case jsonLines
        /// With the names of the columns; nil before the header.
        case csv([String]?)
    }

    private let path: String
    private let settings: Settings
    private var blocks: LineBlocks
    /// nil before the first line.
    private var format: Format?
    private var rows: CSV.Stream
    private var line: Int64 = 0
    /// How the records are to be decoded; of use once the first ones are there.
    private(set) var decode: Decode

    init(_ path: String, settings: Settings) throws(FileError) {
        self.path = path
        self.settings = settings
        blocks = try LineBlocks(path)
        rows = CSV.Stream(maxBytes: max(settings[Settings.inputMaxBytes], Self.leastRowBytes))
        decode = Decode(settings: settings)
    }

    /// How far the end of a quote is looked for, at least. More than `input.max.bytes` has by itself, so that a row that is
    /// merely too large is one record that is rejected, and not as many broken ones as it has lines.
    private static let leastRowBytes = 8 << 20

    /// Waits until records can be had, or the end; false if there is neither in time.
    func isReady(within time: Duration) -> Bool { blocks.isReady(within: time) }

    /// The records of the lines that are there next, perhaps none; nil at the end.
    mutating func next() throws(FileError) -> [Record]? {
        let block = try blocks.next()
        if format == nil { try begin(format(of: block ?? [])) }
        guard case .csv(var names) = format else { return block.map { records(ofLines: $0) } }
        decode.rejected = [:]
        rows.append(block ?? [], isLast: block == nil)
        var found: [Record] = []
        while let row = rows.next() {
            if let names {
                found.append(record(of: row, names))
            } else {
                names = try take(header: row)
            }
        }
        format = .csv(names)
        return block == nil && found.isEmpty ? nil : found
    }

    private mutating func records(ofLines block: [UInt8]) -> [Record] {
        var records: [Record] = []
        for line in block[...].lines {
            self.line += 1
            if !line.isEmpty { records.append(Record(line: self.line, of: path, value: Array(line))) }
        }
        return records
    }

    /// A row as a JSON object, so that it is looked into as any record; as it came where that cannot be.
    private mutating func record(of row: CSV.Stream.Entry, _ names: [String]) -> Record {
        do throws(Rejection) {
            let fields = try fields(of: row, names.count)
            var json = JSONWriter()
            json.object { json in for (name, field) in zip(names, fields) { json.field(name, field) } }
            return Record(line: Int64(row.line), of: path, value: json.bytes)
        } catch {
            decode.rejected[Int64(row.line)] = error
            return Record(line: Int64(row.line), of: path, value: row.bytes)
        }
    }

    private func fields(of row: CSV.Stream.Entry, _ count: Int) throws(Rejection) -> [String] {
        let fields: [String]
        do throws(CSV.Failure) {
            fields = try row.fields.get()
        } catch {
            let reason = error.reason == CSV.notUTF8 ? Rejection.Reason.notUTF8 : .badCSV
            throw Rejection(reason, in: .decode, "line \(error.line): \(error.reason)")
        }
        guard fields.count == count else {
            let message = "the row has \(fields.count) fields, and the header \(count)"
            throw Rejection(.badCSV, in: .decode, message)
        }
        return fields
    }

    /// - Returns: the names of the columns.
    private mutating func take(header: CSV.Stream.Entry) throws(FileError) -> [String] {
        let names: [String]
        do throws(CSV.Failure) {
            names = try header.fields.get()
        } catch {
            throw FileError(.invalid, path: path, "line \(error.line): \(error.reason)")
        }
        let isNamed = !columns.isDisjoint(with: names)
        guard isNamed || names.contains(Self.textColumn) else {
            let reason = "names no column '\(Self.textColumn)', nor one that input.text points to"
            throw FileError(.invalid, path: path, "line \(header.line): \(reason)")
        }
        decode = Decode(
            settings: settings,
            format: .json,
            pointers: isNamed ? settings[Settings.inputText] : [JSONPointer.root.then(Self.textColumn)]
        )
        return names
    }

    private mutating func begin(_ format: Format) throws(FileError) {
        self.format = format
        guard case .text = format else { return }
        decode = Decode(settings: settings, format: .text, pointers: [])
        let isMerged = settings[Settings.outputMode] == .merge
        guard !isMerged, !settings[Settings.inputFilter].needsJSON else {
            let setting = isMerged ? "output.mode=merge" : "input.filter"
            throw FileError(.invalid, path: path, "is plain text, and \(setting) asks for JSON; make it .jsonl or .csv")
        }
    }

    private static let textColumn = "text"

    /// By the name, else by the first line that is not empty: a JSON object, or a header that names the column of the text.
    private func format(of block: [UInt8]) throws(FileError) -> Format {
        let first = Array(block[...].lines.first { !$0.isEmpty } ?? [])
        let ending = Self.ending(of: path)
        switch ending {
        case ".csv": return .csv(nil)
        case "", ".json", ".jsonl", ".ndjson":
            guard !Self.isOneValue(first, ending) else {
                let advice = "jq -c '.[]' makes lines of an array, and jq -c . of objects over several lines"
                throw FileError(.invalid, path: path, "is JSON without an object a line; \(advice)")
            }
            if !ending.isEmpty { return .jsonLines }
        default: return .text
        }
        if var reader = try? JSONReader(first), reader.enterObject() { return .jsonLines }
        let names = (try? CSV.parse(first))?.first?.fields ?? []
        return columns.union([Self.textColumn]).isDisjoint(with: names) ? .text : .csv(nil)
    }

    /// What a file's name ends with, its dot before it.
    private static func ending(of path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return "" }
        return name[dot...].lowercased()
    }

    /// Whether all of the file is one JSON value, by its first line: in lines of its own, `[1, 2]` may be a record, and
    /// `[sic]` a text.
    private static func isOneValue(_ first: [UInt8], _ ending: String) -> Bool {
        let line = first.drop(while: \.isSpace)
        let next = line.dropFirst().first { !$0.isSpace }
        if line.first == UInt8(ascii: "["), next == nil { return true }
        switch ending {
        case ".json" where !line.isEmpty:
            let isWhole = (try? JSONPointer.root.findAll(in: Array(line))) != nil
            return line.first == UInt8(ascii: "[") || !isWhole
        case "": return line.first == UInt8(ascii: "[") && next == UInt8(ascii: "{")
        default: return false
        }
    }

    /// The columns of a CSV file that `input.text` points to.
    private var columns: Set<String> {
        Set(settings[Settings.inputText].compactMap { $0.tokens.count == 1 ? $0.tokens[0] : nil })
    }

    /// How many lines a file has, by the ends of lines that its format knows; nil of what can be read only once.
    ///
    /// - Throws: also where the file's beginning does not go with the settings.
    static func lineCount(of path: String, settings: Settings) throws(FileError) -> Int64? {
        var status = stat()
        guard stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else { return nil }
        var file = try LineFile(path, settings: settings)
        _ = try file.next()
        var isCSV = false
        if case .csv = file.format { isCSV = true }
        var blocks = try LineBlocks(path)
        var (count, last) = (Int64(0), UInt8(ascii: "\n"))
        while let block = try blocks.next() {
            for byte in block {
                // A carriage return by itself ends a row, and with a line feed behind it that does.
                if byte == UInt8(ascii: "\n") || isCSV && last == UInt8(ascii: "\r") { count += 1 }
                last = byte
            }
        }
        return count + (last == UInt8(ascii: "\n") ? 0 : 1)
    }
}
