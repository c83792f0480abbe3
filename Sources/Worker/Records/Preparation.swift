// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Settings

/// What is done with a record before an encoder has it. Pure, but for the time that it takes.
struct Preparation: Sendable {
    let decode: Decode
    let output: Output
    let deadLetter: DeadLetter

    /// Finds a record's text and tokenises it, or its result where there is nothing to encode.
    func callAsFunction(_ item: InFlight, _ tokenizerTime: inout Duration) {
        let record = item.record
        switch decode(record) {
        case .texts(let texts):
            let start = ThreadClock.now
            defer { tokenizerTime += ThreadClock.now - start }
            do throws(Rejection) {
                let encoded = try item.version.encode(texts)
                if item.version.canRead(encoded.encoding) {
                    item.read(texts.joinedText, as: encoded)
                } else {
                    let tag = Tag(unscored: encoded.encoding, by: item.version.tag)
                    item.end(as: .unscored, with: try output(record, texts.joinedText, tag))
                }
            } catch {
                item.reject(error, by: deadLetter)
            }
        case .skipped(let reason): item.end(as: .skipped(reason))
        case .untagged: item.end(as: .untagged, with: [output.untagged(record)])
        case .rejected(let rejection): item.reject(rejection, by: deadLetter)
        }
    }
}

extension Preparation {
    /// Prepares as the settings ask for.
    init(settings: Settings, output: Output) {
        self.init(
            decode: Decode(settings: settings),
            output: output,
            deadLetter: DeadLetter(settings: settings)
        )
    }
}
