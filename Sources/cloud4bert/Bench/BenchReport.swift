// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What a bench found: fields for programs, and a table for people.
protocol BenchReport: Encodable {
    /// Rows of cells, the first one with what the columns are, units included.
    var table: [[String]] { get }
    /// What the rows come to, in a line; nil if they say it themselves.
    var summary: String? { get }
}

extension BenchReport {
    var summary: String? { nil }

    /// Prints the table, columns flush right, or one JSON object with the machine's fields and its own, names in
    /// snake case.
    func show(on machine: BenchMachine, asJSON: Bool) throws {
        guard asJSON else {
            let rows = table
            let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
            for row in rows {
                let cells = zip(row, widths).map { cell, width in
                    String(repeating: " ", count: width - cell.count) + cell
                }
                try Terminal.line(cells.joined(separator: "  "))
            }
            if let summary { try Terminal.line(summary) }
            return
        }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(BenchObject(machine: machine, report: self))
        try Terminal.write(Array(json) + [UInt8(ascii: "\n")])
    }
}

/// Two values as one object.
private struct BenchObject<Report: Encodable>: Encodable {
    let machine: BenchMachine
    let report: Report

    func encode(to encoder: any Encoder) throws {
        try machine.encode(to: encoder)
        try report.encode(to: encoder)
    }
}

extension Double {
    /// With so many digits after the point.
    func text(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
