// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Kafka
import Settings

/// What is done with a record before an encoder has it. Pure, but for the time that it takes: what time it is comes in.
struct Preparation: Sendable {
    var decode: Decode
    let output: Output
    let deadLetter: DeadLetter
    /// How old a record may be; nil for any age.
    let maxAge: Duration?
    /// Of which comment a record is a version; nil where each is tagged.
    let edits: EditIdentity?
    let urgency: Urgency

    /// Finds a record's text and tokenises it, or its result where there is nothing to encode.
    ///
    /// - Parameter now: milliseconds since 1970.
    func callAsFunction(_ item: InFlight, at now: Int64, _ tokenizerTime: inout Duration) {
        let record = item.record
        switch decode(record) {
        case .texts(let texts) where isStale(record, at: now):
            end(item, .age, texts, nil)
        case .texts(let texts):
            let start = ThreadClock.now
            defer { tokenizerTime += ThreadClock.now - start }
            do throws(Rejection) {
                let read = try item.version.read(texts)
                if read.isCovered {
                    item.read(
                        read.texts.joinedText,
                        as: read.encoded,
                        others: item.version.readMore(read.texts),
                        comment: edits?(record),
                        isUrgent: urgency(record)
                    )
                } else {
                    end(item, .vocabulary, texts, read.encoded.encoding)
                }
            } catch {
                item.reject(error, by: deadLetter)
            }
        case .skipped(let reason): item.end(as: .skipped(reason))
        case .untagged: item.end(as: .untagged, with: [output.untagged(record)])
        case .rejected(let rejection): item.reject(rejection, by: deadLetter)
        }
    }

    private func isStale(_ record: Record, at now: Int64) -> Bool {
        guard let maxAge, let time = record.timestamp?.milliseconds else { return false }
        return .milliseconds(now - time) > maxAge
    }

    private func end(_ item: InFlight, _ reason: Unscored, _ texts: [TextPart], _ encoding: Encoding?) {
        do throws(Rejection) {
            let tag = Tag(unscored: reason, encoding, by: item.version.tag)
            item.end(as: .unscored(reason), with: try output(item.record, texts.joinedText, tag))
        } catch {
            item.reject(error, by: deadLetter)
        }
    }
}

extension Preparation {
    /// Prepares as the settings ask for.
    /// - Parameters:
    ///   - isReplay: what is replayed is old, and wanted all the same; and each run is to write the same.
    ///   - isUrgent: the records are of `priority.topics`.
    init(settings: Settings, output: Output, isReplay: Bool = false, isUrgent: Bool = false) {
        self.init(
            decode: Decode(settings: settings),
            output: output,
            deadLetter: DeadLetter(settings: settings),
            maxAge: isReplay ? nil : settings[Settings.staleAfter],
            edits: isReplay ? nil : EditIdentity(settings: settings),
            urgency: isReplay ? .none : isUrgent ? .all : Urgency(settings: settings)
        )
    }
}
