// SPDX-License-Identifier: Apache-2.0
import Bert
import Kafka

/// What becomes of records by their content alone: the settings and the model as pure functions.
struct Rules: Sendable {
    let decode: Decode
    let tokenizer: Tokenizer
    let maxTokens: Int
    let truncation: Truncation
    let tag: Tag
    let output: Output
    let deadLetter: DeadLetter

    /// What a step on the way to the model gives: something for the next step, or the end of the way.
    enum Step<Next> {
        case next(Next)
        case done(Flow.Outcome)
    }

    /// Finds the text of a record.
    func event(of record: Record) -> Step<Event> {
        switch decode(record) {
        case .event(let event): .next(event)
        case .skipped(let reason): .done(.skip(reason))
        case .tombstone: .done(.publish(output.tombstone(record), of: record, as: .tombstone))
        case .rejected(let rejection): .done(reject(record, rejection))
        }
    }

    /// Tokenises a text.
    func encoding(of event: Event) -> Step<Encoding> {
        guard let encoding = tokenizer.encoding(of: event.text, maxTokens: maxTokens, truncation: truncation) else {
            let message = "the text has more tokens than text.max.tokens, which is \(maxTokens)"
            return .done(reject(event.record, Rejection(.tooLong, in: .tokenize, message)))
        }
        return .next(encoding)
    }

    /// Makes the tagged record of a text's logits.
    func conclude(_ event: Event, _ encoding: Encoding, logits: ArraySlice<Float>) -> Flow.Outcome {
        do throws(Rejection) {
            let verdict = try tag(logits, of: encoding)
            let label = verdict.ranking.first?.label ?? ""
            return .publish(
                try output(event, verdict),
                of: event.record,
                as: .tagged(label: label, isTruncated: verdict.isTruncated)
            )
        } catch {
            return reject(event.record, error)
        }
    }

    func reject(_ record: Record, _ rejection: Rejection) -> Flow.Outcome {
        .publish(deadLetter(record, rejection), of: record, as: .deadLetter(rejection.reason))
    }
}
