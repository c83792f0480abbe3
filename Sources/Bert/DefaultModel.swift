// SPDX-License-Identifier: Apache-2.0
internal import CProcess
public import Files
internal import FoundationEssentials
internal import Glibc

/// The sentiment model that comes with the program, used where no other is named.
public enum DefaultModel {
    private static let name = "cloud4bert-sentiment"

    /// Path of its directory: beside the program, where a build puts it, or where an installation keeps such files.
    ///
    /// SwiftPM's own accessor would end the process where there is none.
    public static func directory() throws(FileError) -> String {
        // Without /proc, the path that the program was started by leads to it as well.
        let link = "/proc/self/exe"
        let path = access(link, F_OK) == 0 ? link : c4b_program_path().map { String(cString: $0) } ?? link
        let program = URL(filePath: path).resolvingSymlinksInPath().deletingLastPathComponent()
        let places = ["cloud4bert_Bert.resources/\(name)", "../share/cloud4bert/\(name)"].map {
            program.appending(path: $0).standardizedFileURL.path
        }
        for place in places where access(place, F_OK) == 0 { return place }
        throw FileError(
            .missing,
            path: places[0],
            "is not there, nor is \(places[1]): the built-in model was not installed beside the program"
        )
    }
}
