// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Testing

@Suite struct AtomicFileTests {
    private let directory: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    private func write(_ text: String, to path: String) throws {
        try AtomicFile.write(path) { (file) throws(FileError) in try file.append(Array(text.utf8)) }
    }

    private func status(_ path: String) -> stat {
        var status = stat()
        lstat(path, &status)
        return status
    }

    @Test("A file is replaced by another one of the same mode and owner, and nothing is left beside it")
    func replaced() throws {
        let path = "\(directory)/file"
        try Data("old".utf8).write(to: URL(filePath: path))
        chmod(path, 0o640)
        if getuid() == 0 { chown(path, 12, 34) }
        let before = status(path)
        try write("new", to: path)
        let after = status(path)
        #expect(after.st_mode == before.st_mode && after.st_uid == before.st_uid && after.st_gid == before.st_gid)
        #expect(after.st_ino != before.st_ino)
        #expect(FileManager.default.contents(atPath: path) == Data("new".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["file"])
    }

    @Test("A write that fails leaves the old file and nothing beside it")
    func failed() throws {
        let path = "\(directory)/file"
        try write("old", to: path)
        #expect(throws: FileError.self) {
            try AtomicFile.write(path) { (file) throws(FileError) in
                try file.append(Array("new".utf8))
                throw FileError(.invalid, path: path, "fails")
            }
        }
        #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["file"])
    }

    @Test("Symbolic links stay, relative ones and chains of them too; one that points to nothing makes its target")
    func links() throws {
        try FileManager.default.createDirectory(atPath: "\(directory)/data", withIntermediateDirectories: true)
        for (link, target) in [("first", "second"), ("second", "data/file")] {
            symlink(target, "\(directory)/\(link)")
        }
        for text in ["made", "replaced"] {
            try write(text, to: "\(directory)/first")
            #expect(FileManager.default.contents(atPath: "\(directory)/data/file") == Data(text.utf8))
            #expect(status("\(directory)/first").st_mode & S_IFMT == S_IFLNK)
            #expect(status("\(directory)/second").st_mode & S_IFMT == S_IFLNK)
        }
        symlink("loop", "\(directory)/loop")
        let error = #expect(throws: FileError.self) { try write("x", to: "\(directory)/loop") }
        #expect(error?.kind == .notWritable && error?.path == "\(directory)/loop")
    }

    @Test("A pipe is written to and stays a pipe")
    func pipe() throws {
        let path = "\(directory)/pipe"
        mkfifo(path, 0o600)
        // Open for both, so that neither end waits.
        let reader = open(path, O_RDWR)
        defer { close(reader) }
        try write("text", to: path)
        var bytes = [UInt8](repeating: 0, count: 8)
        #expect(read(reader, &bytes, 8) == 4 && String(decoding: bytes[..<4], as: UTF8.self) == "text")
        #expect(status(path).st_mode & S_IFMT == S_IFIFO)
    }

    @Test(
        "A descriptor of the process is written on from where it is, by whatever name",
        arguments: ["dev", "proc", "link"]
    )
    func descriptor(kind: String) throws {
        let path = "\(directory)/file"
        let descriptor = open(path, O_RDWR | O_CREAT, 0o600)
        defer { close(descriptor) }
        #expect(Glibc.write(descriptor, "before ", 7) == 7)
        let inode = status(path).st_ino
        symlink("/dev/fd/\(descriptor)", "\(directory)/link")
        let names = [
            "dev": "/dev/fd/\(descriptor)", "proc": "/proc/self/fd/\(descriptor)", "link": "\(directory)/link",
        ]
        try write("after", to: try #require(names[kind]))
        #expect(FileManager.default.contents(atPath: path) == Data("before after".utf8))
        #expect(status(path).st_ino == inode)
    }

    @Test("A directory is no file to write to, and the error names what was asked for")
    func directories() {
        for path in [directory, "\(directory)/none/file", "/dev/fd/9999"] {
            let error = #expect(throws: FileError.self) { try write("x", to: path) }
            #expect(error?.kind == .notWritable && error?.path == path)
        }
    }
}
