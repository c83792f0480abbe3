// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files
internal import Foundation
internal import Glibc

/// The directory that a run writes to.
enum RunDirectory {
    /// Makes the directory, and sees to it that a run neither writes over a model of another one nor forgets its own.
    static func prepare(_ path: String, resumes: Bool) throws {
        let hasCheckpoint = Checkpoint.exists(in: path)
        if resumes {
            guard hasCheckpoint else {
                throw TrainingError("resume: there is no checkpoint in \(path); leave it out to start a run")
            }
            return
        }
        guard !hasCheckpoint else {
            throw TrainingError(
                "resume: is needed to go on with the unfinished run in \(path); remove that to start anew"
            )
        }
        guard access("\(path)/config.json", F_OK) != 0 else {
            throw TrainingError("out: \(path) holds a model already; name another directory, or remove it")
        }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw FileError(.notWritable, path: path, "cannot be made: \(error.localizedDescription)")
        }
    }
}
