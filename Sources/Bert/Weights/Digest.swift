// SPDX-License-Identifier: Apache-2.0
internal import CKernels
internal import Files

/// Content digests of files and texts.
package enum Digest {
    /// SHA-256 of a text's UTF-8, 32 bytes.
    package static func sha256(of text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { digest(UnsafeRawBufferPointer($0)) }
    }

    /// FNV-1a of a text's UTF-8, which is the same on every run, unlike Swift's own hash.
    package static func fnv1a(of text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// SHA-256 of a file in lower-case hexadecimal, as `sha256sum` prints it; of several, that of their digests.
    static func sha256(of files: [String]) throws(FileError) -> String {
        var digests: [String] = []
        for path in files {
            let file = try MappedFile(path)
            digests.append(file.withBytes(in: 0..<file.count, sha256))
        }
        return digests.count == 1 ? digests[0] : Array(digests.joined().utf8).withUnsafeBytes(sha256)
    }

    private static func sha256(_ bytes: UnsafeRawBufferPointer) -> String {
        let digits = Array("0123456789abcdef")
        return String(digest(bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    private static func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        c4b_sha256(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &digest)
        return digest
    }
}
