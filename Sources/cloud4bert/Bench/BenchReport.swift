// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What a bench found: fields for programs, and a table for people.
protocol BenchReport: Encodable {
    /// Rows of cells, the first one with what the columns are, units included.
    var table: [[String]] { get }
}

extension BenchReport {
    /// Prints the table, columns flush right, or one JSON object with the machine's fields and its own, names in
    /// snake case.
    func show(on machine: BenchMachine, asJSON: Bool) throws {
        guard asJSON else {
            let rows = table
            let widths = rows.reduce([]) { widths, row in
                row.enumerated().map { max($0 < widths.count ? widths[$0] : 0, $1.count) }
            }
            for row in rows {
                let cells = zip(row, widths).map { cell, width in
                    String(repeating: " ", count: width - cell.count) + cell
                }
                try Terminal.line(cells.joined(separator: "  "))
            }
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
