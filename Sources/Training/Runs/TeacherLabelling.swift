// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files
internal import Glibc

/// Where a run's teachers' logits come from: files that have them, the teachers themselves, or a file that gets from the
/// teachers what it lacks.
struct TeacherLabelling {
    /// Directories of the teachers; empty where files have all.
    let teachers: [String]
    /// Paths of the files. With teachers: one, that of their mean, or one for each of them.
    let files: [String]
    /// What the teachers compute with.
    let precision: Precision
    let kernels: Kernels
    /// Names of the labels, `[K]`.
    let labels: [String]
    let maxTokens: Int
    let threads: Threads
    let observer: (RunEvent) -> Void
    /// How long the teachers work between two lines, and between two times that the file is written: a run that is broken
    /// off loses no more.
    private static let (reportEvery, saveEvery) = (Duration.seconds(20), Duration.seconds(180))

    /// The mean of the teachers' logits for each text, of those that were asked about it, `[texts, K]`, with zeros for the
    /// places without a text; nil where there are neither teachers nor files.
    func logits(of places: [String?]) throws -> [Float]? {
        guard !teachers.isEmpty || !files.isEmpty else { return nil }
        guard teachers.isEmpty || files.count <= 1 || files.count == teachers.count else {
            throw TrainingError(
                "teacher-logits: there is one file for all teachers, or one for each; \(files.count) are named for "
                    + "\(teachers.count) teachers"
            )
        }
        let texts = places.compactMap(\.self)
        let keys = threads.map(texts, TeacherLogits.Key.init)
        let tables =
            if teachers.isEmpty {
                try tables(keys)
            } else if files.count <= 1 {
                [try labelled(texts, keys, by: teachers, in: files.first)]
            } else {
                try zip(teachers, files).map { try labelled(texts, keys, by: [$0], in: $1) }
            }
        var logits: [Float] = []
        logits.reserveCapacity(places.count * labels.count)
        var left = keys[...]
        for place in places {
            guard place != nil, let key = left.popFirst() else {
                logits += labels.map { _ in 0 }
                continue
            }
            let rows = tables.compactMap { $0[key] }
            logits += labels.indices.map { label in
                rows.reduce(0) { $0 + $1[$1.startIndex + label] } / Float(rows.count)
            }
        }
        return logits
    }

    /// Files that must have all texts between them: each teacher need only have been asked about the texts that it knows.
    private func tables(_ keys: [TeacherLogits.Key]) throws -> [TeacherLogits] {
        let all = Set(keys)
        var missing = all
        let tables = try files.map { path in
            guard access(path, F_OK) == 0 else {
                throw FileError(
                    .missing,
                    path: path,
                    "is not there, and no teacher is named whose logits it could get"
                )
            }
            let table = try read(path)
            let known = all.filter { table[$0] != nil }
            missing.subtract(known)
            observer(.note("\(path) has the teachers' logits of \(known.count) of \(all.count) texts"))
            return table
        }
        guard missing.isEmpty else {
            let names = files.joined(separator: ", ")
            throw TrainingError(
                "\(names) \(files.count == 1 ? "has" : "have") no logits for \(missing.count) of \(all.count) texts; name a "
                    + "teacher that labels them, or train on the files that it was made for"
            )
        }
        return tables
    }

    private func read(_ path: String) throws -> TeacherLogits {
        let table = try TeacherLogits(path: path)
        guard table.labels == labels else {
            let (theirs, own) = (table.labels.joined(separator: ", "), labels.joined(separator: ", "))
            throw TrainingError("\(path): labels: its logits are for \(theirs), not for \(own)")
        }
        return table
    }

    /// The file's logits, if there is a file, and those of the teachers for the other texts.
    private func labelled(
        _ texts: [String],
        _ keys: [TeacherLogits.Key],
        by teachers: [String],
        in file: String?
    ) throws -> TeacherLogits {
        let models = try Teachers(teachers, kernels: kernels, precision: precision, labels: labels)
        var table = TeacherLogits(labels: labels, teachers: models.digests, maxTokens: maxTokens)
        if let path = file, access(path, F_OK) == 0 {
            table = try read(path)
            guard table.teachers.sorted() == models.digests.sorted() else {
                let (theirs, own) = (Self.short(table.teachers), Self.short(models.digests))
                throw TrainingError(
                    "\(path): teachers: its logits are of the weights \(theirs), and those of the teacher are \(own); "
                        + "name no teacher, or another file"
                )
            }
        }
        var seen = Set<TeacherLogits.Key>()
        let missing = keys.indices.filter { table[keys[$0]] == nil && seen.insert(keys[$0]).inserted }
        if let path = file, table.count > 0 {
            let all = Set(keys).count
            observer(.note("\(path) has the teachers' logits of \(all - missing.count) of \(all) texts"))
        }
        guard !missing.isEmpty else { return table }
        guard table.maxTokens == maxTokens else {
            throw TrainingError(
                "\(file ?? ""): max_tokens: its logits are of \(table.maxTokens) tokens a text, and there are "
                    + "\(missing.count) texts to add; take as many tokens, or name another file"
            )
        }
        try label(missing.map { texts[$0] }, missing.map { keys[$0] }, by: models, in: &table, of: file)
        return table
    }

    private func label(
        _ texts: [String],
        _ keys: [TeacherLogits.Key],
        by models: Teachers,
        in table: inout TeacherLogits,
        of file: String?
    ) throws {
        observer(
            .note("\(models.digests.count == 1 ? "the teacher labels" : "the teachers label") \(texts.count) texts")
        )
        let clock = ContinuousClock()
        let start = clock.now
        var (reported, saved) = (start, start)
        // Enough for every thread to have several of the classifier's blocks.
        let block = 1024 * threads.count
        for first in stride(from: 0, to: texts.count, by: block) {
            let range = first..<min(first + block, texts.count)
            let logits = try models.logits(Array(texts[range]), maxTokens: maxTokens, threads: threads)
            guard logits.allSatisfy({ Float16($0).isFinite }) else {
                throw TrainingError("the teachers' logits are not finite numbers, or greater than 65504")
            }
            table.add(Array(keys[range]), logits)
            let now = clock.now
            if let path = file, range.upperBound == texts.count || now - saved > Self.saveEvery {
                try table.write(to: path)
                saved = now
            }
            if range.upperBound == texts.count || now - reported > Self.reportEvery {
                let left =
                    (now - start) / .seconds(1) * Double(texts.count - range.upperBound) / Double(range.upperBound)
                observer(.note("\(range.upperBound) of \(texts.count) texts labelled, \(Int(left))s left"))
                reported = now
            }
        }
    }

    private static func short(_ digests: [String]) -> String { digests.map { $0.prefix(12) }.joined(separator: ", ") }
}
