// SPDX-License-Identifier: Apache-2.0
import JSON
import Worker

extension JSONWriter {
    /// What two models say of the same records, fractions of 1.
    mutating func comparison(_ result: ReplayComparison) {
        let comparison = result.comparison
        object { json in
            json.field("input", result.input)
            json.name("a")
            json.side(result.first, comparison.before)
            json.name("b")
            json.side(result.second, comparison.after)
            for (name, count) in [
                ("records", comparison.records), ("agreeing", comparison.agreeing), ("only_a", comparison.onlyBefore),
                ("only_b", comparison.onlyAfter), ("unscored", comparison.unscored),
            ] {
                json.field(name, count)
            }
            json.field("agreement", comparison.agreement)
            json.name("labels")
            json.array { json in for label in comparison.labels { json.string(label) } }
            json.name("flips")
            json.matrix(comparison.flips) { $0.integer($1) }
            json.field("label_psi", comparison.drift.labels.index)
            json.field("confidence_psi", comparison.drift.confidence.index)
            let (isByDay, periods) = comparison.periods
            json.field("by", isByDay ? "day" : "hour")
            json.name("periods")
            json.array { json in
                for period in periods { json.period(period, since: periods[0], isDay: isByDay) }
            }
            json.name("domain")
            json.domain(result)
            json.name("moved")
            json.array { json in for mover in comparison.movers { json.mover(mover) } }
        }
    }

    private mutating func side(_ subject: ReplayComparison.Subject, _ side: ModelComparison.Side) {
        object { json in
            json.field("name", subject.name)
            if let digest = subject.digest { json.field("sha256", digest) }
            if let speed = subject.speed { json.field("records_per_second", speed) }
            json.name("labels")
            json.integers(side.counts.labels)
            json.name("confidence")
            json.integers(side.counts.confidence)
            json.name("estimated")
            guard side.quality.isMeaningful else { return json.null() }
            json.object { json in
                json.field("accuracy", side.quality.accuracy)
                json.field("weighted_f1", side.quality.weightedF1)
                json.name("confusion")
                json.matrix(side.quality.confusion) { $0.number($1) }
            }
        }
    }

    private mutating func period(
        _ period: ModelComparison.Period,
        since first: ModelComparison.Period,
        isDay: Bool
    ) {
        object { json in
            json.name("from")
            if let time = ReplayComparison.time(ofHour: Double(period.hour), isDay: isDay) {
                json.string(time)
            } else {
                json.null()
            }
            let (a, b) = (period.before, period.after)
            for (name, counts, first) in [("a", a, first.before), ("b", b, first.after)] {
                json.name(name)
                json.integers(counts.labels)
                let drift = counts.drift(from: first)
                json.field("\(name)_label_psi", drift.labels.index)
                json.field("\(name)_confidence_psi", drift.confidence.index)
            }
        }
    }

    private mutating func domain(_ result: ReplayComparison) {
        guard let drift = result.textDrift else { return null() }
        object { json in
            json.field("auc", drift.classifier.auc)
            json.field("standard_error", drift.classifier.standardError)
            json.field("texts", drift.classifier.rows)
            json.name("second_half")
            if let middle = result.middle { json.string(middle) } else { json.null() }
        }
    }

    private mutating func mover(_ mover: ModelComparison.Mover) {
        object { json in
            json.field("id", mover.id)
            json.field("distance", mover.distance)
            for (name, best) in [("a", mover.before), ("b", mover.after)] {
                json.name(name)
                json.object { json in
                    json.field("label", best.label)
                    json.field("score", best.score)
                }
            }
            if let text = mover.text { json.field("text", text) }
        }
    }

    private mutating func integers(_ numbers: [Int]) {
        array { json in for number in numbers { json.integer(number) } }
    }

    private mutating func matrix<Number>(_ rows: [[Number]], _ write: (inout JSONWriter, Number) -> Void) {
        array { json in
            for row in rows { json.array { json in for number in row { write(&json, number) } } }
        }
    }
}
