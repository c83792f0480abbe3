// SPDX-License-Identifier: Apache-2.0
internal import CKernels
internal import FoundationEssentials

/// Content digests of files.
enum Digest {
    /// SHA-256 of a file, in lower-case hexadecimal.
    static func sha256(ofFile path: String) throws(ModelError) -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
        } catch {
            throw ModelError(.missing, path: path, "cannot be read: \(error.localizedDescription)")
        }
        var digest = [UInt8](repeating: 0, count: 32)
        data.withUnsafeBytes { bytes in
            c4b_sha256(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &digest)
        }
        let digits = Array("0123456789abcdef")
        return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
