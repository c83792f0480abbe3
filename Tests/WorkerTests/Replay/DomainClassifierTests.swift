// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Worker

@Suite struct DomainClassifierTests {
    /// Rows of eight normal columns that have something in common; those of the second set are moved by so much.
    private func rows(_ count: Int, moved: Double) -> (rows: [[Float]], isSecond: [Bool]) {
        var random = SplitMix(state: 3)
        func normal() -> Double {
            let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot()
            return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
        }
        let kinds = (0..<count).map { _ in Bool.random(using: &random) }
        let rows = kinds.map { isSecond -> [Float] in
            let common = normal()
            return (0..<8).map { column in
                let shift = isSecond && column == 0 ? moved : 0
                // Columns of other sizes are worth as much.
                return Float((0.6 * common + normal() + shift) * Double(column * 100 + 1))
            }
        }
        return (rows, kinds)
    }

    @Test("Sets that are alike are told apart no better than by a guess, and a shift is seen as far as it goes")
    func shifts() throws {
        let (alike, kinds) = rows(600, moved: 0)
        let none = try #require(DomainClassifier(alike, isSecond: kinds))
        #expect(abs(none.auc - 0.5) < 3 * none.standardError && none.drift == .little, "\(none.auc)")
        #expect(abs(none.standardError - 0.0236) < 1e-3 && none.rows == 600)
        let (apart, others) = rows(600, moved: 2)
        let shift = try #require(DomainClassifier(apart, isSecond: others))
        // Φ(d / √2), with Mahalanobis' distance d: d² is 4 · (1 - 0.36 / (1 + 8 · 0.36)), where the columns share 0.36.
        #expect(abs(shift.auc - 0.911) < 0.03 && shift.drift == .large, "\(shift.auc)")
        #expect(DomainClassifier(apart, isSecond: others) == shift)
    }

    @Test("Columns that do not vary, and more columns than rows, are no trouble; too few rows say nothing")
    func degenerate() throws {
        let kinds = (0..<40).map { $0 % 2 == 0 }
        let rows = kinds.enumerated().map { index, isSecond in
            [1, isSecond ? 1 : 0] + (0..<60).map { Float((index * 7 + $0 * 13) % 11) }
        }
        let classifier = try #require(DomainClassifier(rows, isSecond: kinds))
        #expect(classifier.auc > 0.9, "\(classifier.auc)")
        #expect(DomainClassifier([[Float]](repeating: [1], count: 40), isSecond: kinds)?.auc == 0.5)
        #expect(DomainClassifier(Array(rows.dropLast()), isSecond: kinds.dropLast()) == nil)
    }

    @Test("The area is the share of pairs that are in order, equal scores by half")
    func area() {
        #expect(DomainClassifier.area([1, 2, 3, 4], [false, false, true, true]) == 1)
        #expect(DomainClassifier.area([1, 2, 3, 4], [true, true, false, false]) == 0)
        #expect(DomainClassifier.area([1, 1, 1], [true, false, false]) == 0.5)
        // Of six pairs three are in order, and one is equal.
        #expect(abs(DomainClassifier.area([3, 1, 2, 3, 0], [true, true, false, false, false]) - 3.5 / 6) < 1e-12)
    }
}
