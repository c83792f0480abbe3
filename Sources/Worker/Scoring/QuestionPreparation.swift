// SPDX-License-Identifier: Apache-2.0
import Bert

/// What is done with the texts of a request before an encoder has them: the same as with those of records. Pure.
struct QuestionPreparation: Sendable {
    let cleaning: TextCleaning

    /// Cleans and tokenises the texts. One that cannot be scored takes the others with it, but for those that the vocabulary
    /// does not cover.
    ///
    /// - Returns: what is to be encoded, and the indices of texts that the vocabulary does not cover.
    func callAsFunction(_ task: ScoringTask) throws(ScoringError) -> (items: [InFlight], unreadable: [Int]) {
        var (items, unreadable): ([InFlight], [Int]) = ([], [])
        let version = task.arrival.version
        for (index, sent) in task.question.texts.enumerated() {
            let text = TextPart(pointer: nil, text: cleaning(sent))
            let read = try read(text, task.question, index, by: version)
            guard read.isCovered else {
                unreadable.append(index)
                continue
            }
            let item = InFlight(
                asking: index,
                of: task,
                arrived: task.arrival.time,
                version: version,
                wantsWords: task.question.wantsWords
            )
            item.read(text.text, as: read.encoded, others: version.readMore([text]), isUrgent: true)
            items.append(item)
        }
        return (items, unreadable)
    }

    private func read(
        _ text: TextPart,
        _ question: ScoringQuestion,
        _ index: Int,
        by version: ModelVersion
    ) throws(ScoringError) -> ModelVersion.Readable {
        let field = question.field(index)
        guard !text.isBlank else { throw ScoringError(.emptyText, field: field, "is empty") }
        let read: ModelVersion.Readable
        do throws(Rejection) { read = try version.read([text]) } catch {
            throw ScoringError(.tooLong, field: field, error.message)
        }
        guard question.mayBeCut || !read.encoded.encoding.isTruncated else {
            let message = "has more tokens than the \(version.limit.maxTokens) that are read, and truncate is false"
            throw ScoringError(.tooLong, field: field, message)
        }
        return read
    }
}
